//! The style of the house as a test: crate graph, purity, file lengths, columns, names.
//!
//! It reads the sources as text. What rustfmt and clippy already hold (layout, function length,
//! `unwrap`) is not repeated here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may depend on whom (DESIGN §2). A crate that is missing here does not exist.
const GRAPH: &[(&str, &[&str])] = &[
    ("sip", &[]),
    ("media", &[]),
    ("routing", &[]),
    ("dialer", &["routing"]),
    ("store", &["dialer", "routing"]),
    ("admin-api", &["store", "dialer", "routing"]),
    ("config", &[]),
    ("web", &[]),
];

/// Crates that are pure: no runtime, socket, clock or source of randomness may enter them.
const PURE_CRATES: &[&str] = &["sip", "routing", "dialer"];

const IMPURE_DEPENDENCIES: &[&str] = &[
    "async-std",
    "axum",
    "crossbeam-channel",
    "futures-util",
    "getrandom",
    "hyper",
    "mio",
    "polling",
    "rand",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "tracing",
];

/// Folders in which purity is law; a worker of `media` owns sockets and a clock, so it is left out.
const PURE_FOLDERS: &[&str] =
    &["sip/src", "routing/src", "dialer/src", "media/src", "src/switch", "src/call", "src/sim/"];

const THREADED: &[&str] = &["media/src/worker", "media/src/plane"];

const IMPURE_CODE: &[&str] = &[
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    ".await",
    "async fn",
    "thread::spawn",
    "thread::sleep",
    "tokio::",
    "Mutex<",
    "RwLock<",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "getrandom",
    "rand::rng",
    "std::fs",
    "std::env",
];

const LINES_MAX: usize = 1_000;

/// A file may pass this only through its tests.
const CODE_LINES_MAX: usize = 600;

const COLUMNS_MAX: usize = 100;

/// Words that say nothing about what a file is for (DESIGN §8).
const EMPTY_NAMES: &[&str] =
    &["manager", "helper", "helpers", "util", "utils", "data", "info", "process"];

const DOCUMENTS: &[&str] =
    &["README.md", "ARCHITECTURE.md", "SPECIFICATION.md", "CONTRIBUTING.md", "CHANGELOG.md"];

const FOLDERS: &[&str] = &["src", "tests", "benches", "bench", "docs", "scripts", "fuzz"];

#[test]
fn crates_depend_only_downwards() {
    let allowed: BTreeMap<_, _> = GRAPH.iter().copied().collect();
    for member in members() {
        let Some(may) = allowed.get(member.as_str()) else {
            panic!("{member} is not in the crate graph of DESIGN §2");
        };
        for dependency in dependencies(&member, "[dependencies]") {
            if allowed.contains_key(dependency.as_str()) {
                assert!(
                    may.contains(&dependency.as_str()),
                    "{member} must not know {dependency}: the graph has no such edge"
                );
            }
        }
    }
}

#[test]
fn pure_crates_have_no_impure_dependency() {
    for member in PURE_CRATES {
        for dependency in dependencies(member, "[dependencies]") {
            assert!(
                !IMPURE_DEPENDENCIES.contains(&dependency.as_str()),
                "{member} is pure and must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn pure_code_reads_no_clock_and_owns_no_socket() {
    let mut faults = vec![];
    for file in sources() {
        let name = slashed(&file);
        let pure = PURE_FOLDERS.iter().any(|folder| name.starts_with(folder))
            || ["src/switch.rs", "src/call.rs"].contains(&name.as_str());
        if !pure || THREADED.iter().any(|threaded| name.starts_with(threaded)) {
            continue;
        }
        if name.ends_with("/tests.rs") || name.contains("/tests/") {
            continue;
        }
        for (number, line) in code_lines(&fs::read_to_string(&file).unwrap()) {
            for word in IMPURE_CODE {
                if line.contains(word) {
                    faults.push(format!("{name}:{number}: {word} in pure code"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_stay_small_and_narrow() {
    let mut faults = vec![];
    for file in sources() {
        let name = slashed(&file);
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        let code = before_tests(&text).lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{name}: {lines} lines, the end is {LINES_MAX}"));
        }
        if code > CODE_LINES_MAX && !name.contains("/tests") && !name.starts_with("tests/") {
            faults
                .push(format!("{name}: {code} lines before its tests, split at {CODE_LINES_MAX}"));
        }
        for (number, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            // An address that would have to be cut in two stays whole.
            if columns > COLUMNS_MAX && !line.contains("http") {
                faults.push(format!("{name}:{}: {columns} columns", number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_have_names_that_say_something() {
    let mut faults = vec![];
    for file in sources() {
        let name = slashed(&file);
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        if stem == "mod" {
            faults.push(format!("{name}: foo.rs beside foo/, never mod.rs"));
        }
        if EMPTY_NAMES.contains(&stem.as_str()) {
            faults.push(format!("{name}: use the field's word instead"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_source_file_opens_by_saying_what_it_is() {
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{}: a module doc comes first", slashed(&file));
    }
}

/// A document that names a file of ours names one that exists.
#[test]
fn documents_name_files_that_exist() {
    let mut faults = vec![];
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for path in text.split('`').skip(1).step_by(2).filter(|word| is_ours(word)) {
            let exists = root().join(path).exists() || root().join(format!("{path}.rs")).exists();
            if !exists {
                faults.push(format!("{document} names {path}, which does not exist"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `unsafe` lives in one named file of `media`, if anywhere.
#[test]
fn unsafe_code_has_one_address() {
    let files: Vec<_> = sources()
        .into_iter()
        .filter(|file| !file.ends_with("tests/tidy.rs"))
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            code_lines(&text).any(|(_, line)| line.contains("unsafe ") || line.contains("unsafe{"))
        })
        .map(|file| slashed(&file))
        .collect();
    assert!(files.len() <= 1, "unsafe in {files:?}");
    assert!(files.iter().all(|file| file.starts_with("media/src/")), "unsafe in {files:?}");
}

/// Bugs that `bench/mutations/run` puts in: each has to find its place, or the list rots.
#[test]
fn every_seeded_bug_has_exactly_one_place() {
    let mut names = BTreeSet::new();
    for list in ["dialer", "routing", "sip"] {
        let list = root().join(format!("bench/mutations/{list}.toml"));
        let table: toml::Table = fs::read_to_string(list).unwrap().parse().unwrap();
        for bug in table["bug"].as_array().unwrap() {
            let word = |key: &str| bug[key].as_str().unwrap();
            let (name, file) = (word("name"), word("file"));
            assert!(names.insert(name.to_owned()), "{name} stands there twice");
            let source = fs::read_to_string(root().join(file)).unwrap();
            let places = before_tests(&source).matches(word("find")).count();
            assert_eq!(places, 1, "{name}: its `find` stands {places} times in {file}");
            assert_ne!(word("find"), word("put"), "{name} changes nothing");
        }
    }
    assert!(names.len() >= 130, "{} bugs are too few to say anything", names.len());
}

/// Whether a quoted word is the path of something in this repository.
fn is_ours(word: &str) -> bool {
    let Some((folder, _)) = word.split_once('/') else { return false };
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    plain && (FOLDERS.contains(&folder) || members().iter().any(|member| member == folder))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn slashed(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

fn members() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line =
        manifest.lines().find(|line| line.starts_with("members")).expect("members on a line");
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The names in one table of a crate's manifest; a table of its own (`[dependencies.x]`) is
/// refused.
fn dependencies(member: &str, table: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("[dependencies."), "{member}: one dependency a line, please");
    manifest
        .lines()
        .skip_while(|line| *line != table)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn sources() -> Vec<PathBuf> {
    let mut folders = vec![root().join("src"), root().join("tests"), root().join("benches")];
    for member in members() {
        // The sources of `web` are TypeScript, so its crate lives in a folder of its own.
        for folder in ["src", "rust", "tests", "benches"] {
            folders.push(root().join(&member).join(folder));
        }
    }
    let mut files = vec![];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 10, "the walk found no sources");
    files
}

fn before_tests(text: &str) -> &str {
    let marks = text.match_indices("#[cfg(test)]");
    let is_module = |(at, _): &(usize, &str)| {
        let mut after = text[*at..].lines().skip(1);
        let item = after.find(|line| !line.starts_with(['#', ' ', ')', ']']));
        item.is_some_and(|line| line.starts_with("mod ") || line.starts_with("fn "))
    };
    marks.into_iter().find(is_module).map_or(text, |(at, _)| &text[..at])
}

/// Numbered lines before the file's tests, without their comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    before_tests(text).lines().enumerate().map(|(index, line)| {
        let code = line.split("//").next().unwrap_or(line);
        (index + 1, code)
    })
}
