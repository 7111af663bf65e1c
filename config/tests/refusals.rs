//! Every message that a wrong file can meet, as a person reads it.
//!
//! The expected texts are in `snapshots/`. After a wanted change: `INSTA_UPDATE=always cargo test
//! -p config`, and read the difference.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use config::{Config, Tls};
use insta::assert_snapshot;
use miette::{GraphicalReportHandler, GraphicalTheme};

/// The message for a file with this text.
fn refusal(text: &str) -> String {
    let refused = Config::parse("cordboard.toml", text).unwrap_err();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let mut printed = String::new();
    handler.with_width(100).render_report(&mut printed, &refused).unwrap();
    printed
}

fn line(text: &str) -> Option<usize> {
    Config::parse("cordboard.toml", text).unwrap_err().line()
}

#[test]
fn the_example_is_the_defaults() {
    let text = include_str!("../cordboard.example.toml");
    assert_eq!(Config::parse("cordboard.example.toml", text).unwrap(), Config::default());
}

#[test]
fn an_empty_file_is_the_defaults_and_they_surprise_nobody() {
    let config = Config::parse("empty.toml", "").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.warnings(), []);
}

#[test]
fn the_examples_commented_keys_are_real() {
    let text = include_str!("../cordboard.example.toml");
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.split_once(" = ").is_some_and(|(k, _)| !k.contains(' ')) => key,
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = Config::parse("cordboard.toml", &uncommented).unwrap();
    assert_eq!(config.sip.domain(), "pbx.example.com");
    assert!(config.media.address.is_some() && config.media.workers.is_some());
    assert!(config.http.public_url.is_some() && config.sip.public_address.is_some());
}

#[test]
fn a_key_that_nobody_reads() {
    assert_snapshot!(refusal("[sip]\nupd = [\"192.0.2.10:5060\"]\n"));
    assert_eq!(line("[sip]\nupd = []\n"), Some(2));
}

#[test]
fn a_section_that_nobody_reads() {
    assert_snapshot!(refusal("[log]\nlevel = \"warn\"\n\n[sips]\n"));
}

#[test]
fn a_file_that_is_not_toml() {
    assert_snapshot!(refusal("[http]\nlisten = 127.0.0.1:8443\n"));
}

#[test]
fn a_value_of_the_wrong_type() {
    assert_snapshot!(refusal("[sip]\nudp = 5060\n"));
}

#[test]
fn an_address_without_a_port() {
    assert_snapshot!(refusal("[http]\nlisten = \"127.0.0.1\"\n"));
}

#[test]
fn an_address_with_a_port_where_none_belongs() {
    assert_snapshot!(refusal("[media]\naddress = \"127.0.0.1:5060\"\n"));
}

#[test]
fn a_word_that_is_none_of_those_known() {
    assert_snapshot!(refusal("[log]\nlevel = \"loud\"\n"));
}

#[test]
fn tls_that_is_neither_a_word_nor_two_files() {
    assert_snapshot!(refusal("[http]\ntls = \"on\"\n"));
    assert_snapshot!(refusal("[http]\ntls = { certificate = \"chain.pem\" }\n"));
    assert_snapshot!(refusal(
        "[http]\ntls = { certificate = \"a\", key = \"b\", chain = \"c\" }\n"
    ));
}

#[test]
fn a_domain_that_is_no_host_name() {
    assert_snapshot!(refusal("[sip]\ndomain = \"pbx example\"\n"));
}

#[test]
fn a_port_range_that_cannot_hold_pairs() {
    assert_snapshot!("ports_odd_first_port", refusal("[media]\nports = \"16385-32767\"\n"));
    assert_snapshot!("ports_even_last_port", refusal("[media]\nports = \"16384-32766\"\n"));
    assert_snapshot!("ports_too_small", refusal("[media]\nports = \"16384-16401\"\n"));
    assert_snapshot!("ports_too_low", refusal("[media]\nports = \"80-32767\"\n"));
    assert_snapshot!("ports_no_range", refusal("[media]\nports = \"16384\"\n"));
}

#[test]
fn plain_http_on_a_network() {
    assert_snapshot!(refusal("[http]\nlisten = \"0.0.0.0:8080\"\ntls = \"off\"\n"));
    for safe in [
        "[http]\ntls = \"off\"\n",
        "[http]\nlisten = \"10.0.0.1:8080\"\ntls = \"off\"\nbehind_proxy = true\n",
    ] {
        assert_eq!(Config::parse("a.toml", safe).unwrap().http.tls, Tls::Off);
    }
}

#[test]
fn audio_ports_that_hold_the_sip_listener() {
    let text = "[sip]\nudp = [\"192.0.2.10:20000\"]\n\n[media]\nports = \"16384-32767\"\n";
    assert_snapshot!(refusal(text));
}

#[test]
fn telephones_on_a_network_and_audio_on_loopback() {
    let text = "[sip]\nudp = [\"192.0.2.10:5060\"]\ntcp = []\n\n[media]\naddress = \"127.0.0.1\"\n";
    assert_snapshot!(refusal(text));
}

#[test]
fn two_listeners_on_one_port() {
    assert_snapshot!(refusal("[sip]\ntcp = [\"127.0.0.1:8443\"]\n"));
}

#[test]
fn no_listener_at_all() {
    assert_snapshot!(refusal("[sip]\nudp = []\ntcp = []\n"));
}

#[test]
fn a_listener_on_a_port_of_chance() {
    assert_snapshot!(refusal("[sip]\nudp = [\"127.0.0.1:0\"]\n"));
}

#[test]
fn a_public_address_that_is_everywhere() {
    assert_snapshot!(refusal("[sip]\npublic_address = \"0.0.0.0\"\n"));
}

#[test]
fn a_database_of_another_make_or_with_its_password_in_sight() {
    assert_snapshot!(refusal("[database]\nurl = \"mysql://cordboard@db.example.com/cordboard\"\n"));
    let url = "postgres://cordboard:secret@db.example.com/cordboard";
    assert_snapshot!(refusal(&format!("[database]\nurl = \"{url}\"\n")));
    assert_snapshot!(refusal("[database]\npassword_file = \"database.password\"\n"));
}

/// FAULTS S11: the realm stands in a header.
#[test]
fn a_realm_with_a_quote_or_a_line_break() {
    assert_snapshot!(refusal("[sip]\nrealm = \"a\\\"b\"\n"));
    assert_eq!(line("[sip]\n\nrealm = \"a\\r\\nb\"\n"), Some(3));
}

#[test]
fn a_public_url_with_a_path() {
    assert_snapshot!(refusal("[http]\npublic_url = \"https://pbx.example.com/desk\"\n"));
}

#[test]
fn a_limit_out_of_range() {
    assert_snapshot!(refusal("[limits]\ncalls = 0\n"));
}

#[test]
fn more_calls_than_ports() {
    assert_snapshot!(refusal("[media]\nports = \"20000-20999\"\n\n[limits]\ncalls = 300\n"));
}

#[test]
fn workers_out_of_range() {
    assert_snapshot!(refusal("[media]\nworkers = 65\n"));
}

#[test]
fn tones_of_no_country() {
    assert_snapshot!(refusal("[media]\ntones = \"uk\"\n"));
}

#[test]
fn every_fault_is_told_at_once() {
    assert_snapshot!(refusal("[limits]\ncalls = 0\nviewers = 0\n\n[sip]\nudp = []\ntcp = []\n"));
}

#[test]
fn what_works_and_surprises_is_a_warning() {
    let text = "[sip]\nudp = [\"0.0.0.0:5060\"]\ntcp = []\n\n\
                [http]\nlisten = \"192.0.2.10:8443\"\nbehind_proxy = true\n";
    let warnings = Config::parse("cordboard.toml", text).unwrap().warnings();
    let told: Vec<String> =
        warnings.iter().map(|warning| format!("{}: {}", warning.key, warning.message)).collect();
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_file_that_is_not_there() {
    let refused = Config::load(std::path::Path::new("/nowhere/cordboard.toml")).unwrap_err();
    let told = refused.to_string();
    assert!(told.starts_with("/nowhere/cordboard.toml cannot be read"), "{told}");
    assert_eq!(refused.line(), None);
}

/// Callers' messages cross no network in the clear, and no server takes mail from nobody.
#[test]
fn mail_that_nobody_sends_or_everybody_reads() {
    let text = "[mail]\nserver = \"smtp.example.net\"\ntls = \"off\"\nuser = \"pbx\"\n";
    assert_snapshot!(refusal(text));
    let local = "[mail]\nserver = \"127.0.0.1\"\ntls = \"off\"\nfrom = \"pbx@example.net\"\n";
    assert!(Config::parse("cordboard.toml", local).is_ok());
}
