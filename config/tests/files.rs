//! Files that a configuration names: found beside it, and refused where they cannot be read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;

use config::{Config, Tls};

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.toml");
    let tls = "[http]\ntls = { certificate = \"chain.pem\", key = \"keys/key.pem\" }\n";
    fs::write(&file, tls).unwrap();
    fs::write(folder.path().join("chain.pem"), "").unwrap();
    let refused = Config::load(&file).unwrap_err();
    assert_eq!(refused.line(), Some(2));
    assert!(refused.to_string().contains("http.tls.key"), "{refused}");

    fs::create_dir(folder.path().join("keys")).unwrap();
    fs::write(folder.path().join("keys/key.pem"), "").unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!(config.node.state_dir, folder.path().join("cordboard-state"));
    let Tls::Files { certificate, key } = config.http.tls else { panic!("{:?}", config.http.tls) };
    assert_eq!(certificate, folder.path().join("chain.pem"));
    assert_eq!(key, folder.path().join("keys/key.pem"));
}

#[test]
fn an_absolute_path_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.toml");
    fs::write(&file, "[node]\nstate_dir = \"/var/lib/cordboard\"\n").unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!(config.node.state_dir, std::path::Path::new("/var/lib/cordboard"));
}

/// S17: a key file that is not there is refused before anything starts, not at the first call.
#[test]
fn a_key_file_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.toml");
    fs::write(&file, "[recording]\nkey_file = \"recording.key\"\n").unwrap();
    let refused = Config::load(&file).unwrap_err();
    assert_eq!(refused.line(), Some(2));
    assert!(refused.to_string().contains("recording.key_file"), "{refused}");
    fs::write(folder.path().join("recording.key"), [7; 32]).unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!(config.recording.key_file, Some(folder.path().join("recording.key")));
}
