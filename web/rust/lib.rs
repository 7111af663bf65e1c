//! The browser app as it was built by `build.rs`: the agent's desk, the supervisor's board and the
//! administrator's console, file by file.
//!
//! Nothing here knows HTTP; how the files are served is `src/io/pages.rs` of the root.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// A file of the app.
#[derive(Clone, Debug)]
pub struct File {
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type, with the charset where it is text.
    pub media_type: &'static str,
    /// Its name changes with its content, so it may be kept for ever.
    pub lasting: bool,
    /// It is compressed with gzip.
    pub gzipped: bool,
}

/// The file at `path`, such as `assets/index-3f2a.js`; compressed where that is wanted and there.
#[must_use]
pub fn file(path: &str, gzip: bool) -> Option<File> {
    let compressed = gzip.then(|| Embedded::get(&format!("{path}.gz"))).flatten();
    let gzipped = compressed.is_some();
    let found = compressed.or_else(|| Embedded::get(path))?;
    Some(File {
        bytes: found.data,
        media_type: media_type(path),
        lasting: path.starts_with("assets/"),
        gzipped,
    })
}

/// The page that every address of the app begins with.
///
/// [`NONCE`] stands in it where the nonce of the response belongs.
#[must_use]
pub fn index() -> Option<Cow<'static, [u8]>> {
    Embedded::get("index.html").map(|found| found.data)
}

/// What stands in the index for the nonce of the content security policy.
pub const NONCE: &str = "__CSP_NONCE__";

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dist"]
struct Embedded;

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn page() -> String {
        String::from_utf8(index().unwrap().into_owned()).unwrap()
    }

    fn is(name: &str, extension: &str) -> bool {
        Path::new(name).extension().is_some_and(|found| found == extension)
    }

    /// The names of the scripts and styles that the page names.
    fn named_by_the_page() -> Vec<String> {
        let page = page();
        let quoted = page.split('"').filter(|word| word.starts_with("/assets/"));
        quoted.map(|word| word.trim_start_matches('/').to_owned()).collect()
    }

    /// What `script` imports before it runs: `import … from "./name.js"` and `import "./name.js"`.
    fn imported_by(script: &str) -> Vec<String> {
        let text = String::from_utf8(file(script, false).unwrap().bytes.into_owned()).unwrap();
        let words: Vec<_> = text.split('"').collect();
        let pairs = words.windows(2).filter(|pair| {
            (pair[0].ends_with("from") || pair[0].ends_with("import")) && pair[1].starts_with("./")
        });
        pairs.map(|pair| pair[1].replace("./", "assets/")).collect()
    }

    /// A binary with a placeholder in it would pass every test but this.
    #[test]
    fn the_real_app_is_in_the_binary() {
        let page = page();
        assert!(page.contains("<div id=\"root\">"), "this is not the app's page:\n{page}");
        assert!(page.contains(NONCE), "the nonce has no place");
        let names = named_by_the_page();
        let script = names.iter().find(|name| is(name, "js")).expect("a script");
        assert!(file(script, false).unwrap().bytes.len() > 100_000, "{script} is too small");
        assert!(names.iter().any(|name| is(name, "css")), "no style among {names:?}");
    }

    /// Issue 8: first load at most 250 kB gzipped for the desk. The typeface comes after it, and
    /// text is there before the typeface is.
    #[test]
    fn the_desk_loads_in_a_quarter_of_a_megabyte() {
        let mut to_load = named_by_the_page();
        let desk = Embedded::iter().find(|name| name.starts_with("assets/desk-") && is(name, "js"));
        to_load.push(desk.expect("the desk's script").into_owned());
        let mut loaded = BTreeSet::new();
        while let Some(name) = to_load.pop() {
            if loaded.insert(name.clone()) && is(&name, "js") {
                to_load.extend(imported_by(&name));
            }
        }
        let size: usize = loaded.iter().map(|name| file(name, true).unwrap().bytes.len()).sum();
        println!("the desk loads {size} bytes in {} files", loaded.len());
        assert!(size > 100_000, "the scripts are missing: {loaded:?}");
        assert!(size <= 250_000, "{size} bytes in {loaded:?}");
    }

    #[test]
    fn only_files_with_a_name_of_their_content_are_kept_for_ever() {
        assert!(!file("cordboard.svg", false).unwrap().lasting);
        assert!(named_by_the_page().iter().all(|name| file(name, false).unwrap().lasting));
    }

    #[test]
    fn a_file_that_is_not_there_is_not_invented() {
        assert!(file("assets/nothing.js", true).is_none());
        assert!(file("../Cargo.toml", false).is_none());
    }
}
