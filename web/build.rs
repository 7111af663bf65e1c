//! Builds the browser app into `OUT_DIR`, from where `rust/lib.rs` embeds it.
//!
//! ```text
//!   UI_DIST=folder ─▶ that folder, as it is
//!   no npm         ─▶ one page that says so, and a warning
//!   npm            ─▶ npm ci (unless the lock is the one installed), then npm run build
//! ```
//!
//! npm there and the build broken is an error: a binary with an old page or none would be worse.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for watched in WATCHED {
        println!("cargo::rerun-if-changed={watched}");
    }
    println!("cargo::rerun-if-env-changed=UI_DIST");
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let dist = PathBuf::from(env::var("OUT_DIR")?).join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::create_dir_all(&dist)?;
    if let Some(finished) = env::var_os("UI_DIST") {
        copy(Path::new(&finished), &dist)?;
        return Ok(());
    }
    if !has_npm() {
        println!("cargo::warning=there is no npm, so the binary has no browser app in it");
        fs::write(dist.join("index.html"), WITHOUT_NPM)?;
        return Ok(());
    }
    install(&here)?;
    npm(&here, &["run", "build"], Some(&dist))?;
    Ok(())
}

fn has_npm() -> bool {
    let asked = Command::new("npm").arg("--version").stdout(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Installs what the lock names; a lock that is installed already is not installed again.
fn install(here: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let lock = fs::read(here.join("package-lock.json"))?;
    let stamp = here.join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    npm(here, &["ci", "--prefer-offline", "--no-audit", "--no-fund"], None)?;
    fs::write(stamp, lock)?;
    Ok(())
}

fn npm(here: &Path, words: &[&str], dist: Option<&Path>) -> Result<(), Box<dyn std::error::Error>> {
    let mut command = Command::new("npm");
    command.args(words).current_dir(here);
    if let Some(dist) = dist {
        command.env("UI_OUT_DIR", dist);
    }
    let done = command.output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(format!("npm {}: {}\n{}", words.join(" "), done.status, String::from_utf8_lossy(&said))
        .into())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

const WATCHED: &[&str] = &[
    "build.rs",
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "tsconfig.json",
    "vite.config.ts",
    "../admin-api/openapi.json",
];

const WITHOUT_NPM: &str = "<!doctype html>
<html lang=\"en\">
  <meta charset=\"utf-8\">
  <title>Cordboard</title>
  <h1>This binary was built without npm</h1>
  <p>So the browser app is not in it. Install Node.js 20 with npm, and build again. The API is
  here: <a href=\"/openapi.json\">/openapi.json</a>.</p>
</html>
";
