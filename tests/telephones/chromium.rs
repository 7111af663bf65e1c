//! Chromium as the agent's telephone: JsSIP in a page of ours, driven as a debugger would.
//!
//! Nothing is seen or heard on this machine: Chromium runs headless, its microphone is a file with
//! a tone, and the page measures the frequency of what arrives (`jssip/page.js`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::page::Door;
use super::product::Product;

/// A running Chromium with one page; dropped, it is killed.
pub(crate) struct Chromium {
    child: Child,
    page: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u64,
    _profile: TempDir,
}

impl Chromium {
    /// Opens a page of the switch whose microphone hears this tone, and registers it with JsSIP.
    pub(crate) async fn register(product: &Product, hz: u16) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let microphone = profile.path().join("microphone.wav");
        write_tone(&microphone, hz);
        let address = product.door(Door::Http);
        let child = start(profile.path(), &microphone);
        let page = connect(profile.path()).await;
        let mut browser = Self { child, page, asked: 0, _profile: profile };
        browser.open(&format!("http://{address}/")).await;
        browser.run(script()).await;
        browser.run(include_str!("jssip/page.js")).await;
        let (user, secret) = (product.extension(), product.secret());
        let register = format!("page.register('ws://{address}/sip', '{user}', '{secret}')");
        browser.run(&register).await;
        browser.wait("to register", "page.isRegistered()").await;
        product.wait_for_telephone().await;
        browser
    }

    /// Waits until a tone is what the page hears.
    pub(crate) async fn hears(&mut self, hz: u16) {
        let near = format!("Math.abs(page.hears() - {hz}) < 20");
        self.wait(&format!("to hear {hz} Hz"), &near).await;
    }

    /// Waits until the page finds this true.
    pub(crate) async fn wait(&mut self, what: &str, condition: &str) {
        let end = Instant::now() + PATIENCE;
        while self.run(condition).await != serde_json::Value::Bool(true) {
            assert!(Instant::now() < end, "waited in vain for the page {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Loads the page, whose policy would keep out the test's own script.
    async fn open(&mut self, url: &str) {
        self.ask("Page.setBypassCSP", &serde_json::json!({ "enabled": true })).await;
        self.run("window.isOld = true").await;
        self.ask("Page.navigate", &serde_json::json!({ "url": url })).await;
        self.wait("to load", "!window.isOld && document.readyState === 'complete'").await;
    }

    /// Runs an expression in the page; what it comes to, once it has.
    pub(crate) async fn run(&mut self, expression: &str) -> serde_json::Value {
        let params = serde_json::json!({
            "expression": expression,
            "awaitPromise": true,
            "returnByValue": true,
        });
        let answer = self.ask("Runtime.evaluate", &params).await;
        let fault = &answer["result"]["exceptionDetails"];
        assert!(fault.is_null(), "{expression}: {fault}");
        answer["result"]["result"]["value"].clone()
    }

    async fn ask(&mut self, method: &str, params: &serde_json::Value) -> serde_json::Value {
        self.asked += 1;
        let asked = self.asked;
        let request = serde_json::json!({ "id": asked, "method": method, "params": params });
        self.page.send(Message::text(request.to_string())).await.unwrap();
        loop {
            let next = tokio::time::timeout(PATIENCE, self.page.next()).await;
            let text = next.expect("the page answers").unwrap().unwrap().into_text().unwrap();
            let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == asked {
                return answer;
            }
        }
    }

    /// Kills it in mid-call: no BYE, no goodbye of DTLS.
    pub(crate) fn kill(mut self) {
        kill(&mut self.child);
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}

/// Debian's `chromium` is a script that becomes the browser; its children are in its own group.
fn kill(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    let _ = child.wait();
}

fn start(profile: &Path, microphone: &Path) -> Child {
    use std::os::unix::process::CommandExt as _;
    let log = fs::File::create(profile.join("log")).unwrap();
    Command::new("chromium")
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            "--allow-loopback-in-peer-connection",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ])
        .arg(format!("--use-file-for-fake-audio-capture={}", microphone.display()))
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("about:blank")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("chromium is installed by `make test`")
}

/// The debugger's end of the page, at the port that the browser writes to its profile.
async fn connect(profile: &Path) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let end = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < end, "chromium does not start: {}", log(profile));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let Ok(written) = fs::read_to_string(profile.join("DevToolsActivePort")) else { continue };
        let Some(port) = written.lines().next().and_then(|line| line.parse::<u16>().ok()) else {
            continue;
        };
        let list = reqwest::get(format!("http://127.0.0.1:{port}/json/list")).await;
        let Ok(list) = list else { continue };
        let pages: serde_json::Value = list.json().await.unwrap();
        let pages = pages.as_array().cloned().unwrap_or_default();
        let is_page = |page: &&serde_json::Value| page["type"] == "page";
        let Some(page) = pages.iter().find(is_page) else { continue };
        let address = page["webSocketDebuggerUrl"].as_str().unwrap();
        return connect_async(address).await.unwrap().0;
    }
}

fn log(profile: &Path) -> String {
    fs::read_to_string(profile.join("log")).unwrap_or_default()
}

/// JsSIP as one script, made once for all tests of this run.
fn script() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/telephones/jssip");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("jssip");
        fs::create_dir_all(&folder).unwrap();
        for name in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(sources.join(name), folder.join(name)).unwrap();
        }
        if !folder.join("node_modules/jssip").exists() {
            run("npm", &["ci", "--ignore-scripts"], &folder);
        }
        let bundle = ["--bundle", "--format=iife", "--global-name=JsSIP", "--outfile=jssip.js"];
        let main = ["node_modules/jssip/lib/JsSIP.js", "--log-level=warning"];
        run("node_modules/.bin/esbuild", &[&main[..], &bundle].concat(), &folder);
        fs::read_to_string(folder.join("jssip.js")).unwrap()
    })
}

pub(crate) fn run(program: &str, words: &[&str], folder: &Path) {
    let done = Command::new(program).args(words).current_dir(folder).output();
    let done = done.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Ten seconds of a tone, which Chromium plays again and again.
fn write_tone(path: &Path, hz: u16) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for at in 0..480_000_u32 {
        let angle = std::f64::consts::TAU * f64::from(hz) * f64::from(at) / 48_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "it is below 32,767")]
        wav.write_sample((angle.sin() * 12_000.0) as i16).unwrap();
    }
    wav.finalize().unwrap();
}

/// A browser starts slowly on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
