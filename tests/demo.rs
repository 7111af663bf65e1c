//! The binary's own demo, headless and short: what it reports must hold.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

/// Issue "a lead becomes a conversation": every connected call is proven by the audio at both
/// ends, no invariant breaks, and nothing is left in the switch.
#[test]
fn the_headless_demo_connects_people_and_leaves_nothing_behind() {
    let demo = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["demo", "--headless", "--agents", "8", "--for", "20s", "--json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&demo.stderr);
    assert!(demo.status.success(), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&demo.stdout).unwrap();
    let count = |key: &str| report[key].as_u64().unwrap();
    assert!(count("connected") >= 8, "{report}\n{said}");
    assert_eq!(count("audio_verified"), count("connected"), "{report}\n{said}");
    assert_eq!(count("invariant_failures"), 0, "{report}\n{said}");
    for (what, left) in report["left_over"].as_object().unwrap() {
        assert_eq!(left.as_u64(), Some(0), "{what} left over: {report}\n{said}");
    }
}

/// A file that cannot work is refused with its name, its line and what was expected.
#[test]
fn a_wrong_configuration_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.toml");
    std::fs::write(&file, "[sip]\nudp = [\"192.0.2.1:5060\"]\nspeed = 9\n").unwrap();
    let checked = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .arg("check-config")
        .arg(&file)
        .output()
        .unwrap();
    assert!(!checked.status.success());
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(said.contains("cordboard.toml:3"), "{said}");
    assert!(said.contains("speed") && said.contains("expected"), "{said}");
}
