//! The messages beside the tests: `torture` (RFC 4475), `ipv6` (RFC 5118), and `samples`, which are
//! written as carriers, handsets and browsers write theirs.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

/// Every `*.dat` of a folder beside the tests, by its stem.
pub(crate) fn folder(name: &str) -> BTreeMap<String, Bytes> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let messages = files.filter(|path| path.extension().is_some_and(|end| end == "dat"));
    messages
        .map(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (stem, Bytes::from(std::fs::read(&path).unwrap()))
        })
        .collect()
}
