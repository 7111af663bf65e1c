//! The browser app over HTTP: everything that is not `/v1`, `/openapi.json` or `/metrics`.
//!
//! ```text
//!   /assets/…   kept for a year: their names change with their content
//!   /name.ext   asked for again each time; 404 where there is none
//!   all else    the page itself, because its addresses live in the browser (history fallback)
//! ```
//!
//! The page may run our own scripts and styles and talk to us alone (CSP level 3). The one style
//! element that a dialog makes is let in by a nonce, which is new with each response.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use store::Store;

/// Answers what is a page's, and lets the API answer the rest: a middleware around its router.
pub async fn before_the_api(
    State(frames): State<Frames>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path();
    if is_the_apis(path) {
        return next.run(request).await;
    }
    let hosts = if is_page(path) { frames.sources().await } else { vec![] };
    answer(request.method(), path, request.headers(), &hosts)
}

/// Whose pages may stand in a frame of the desk: those that the organisation names.
#[derive(Clone, Debug)]
pub struct Frames(pub Option<Store>);

impl Frames {
    /// Read with each page, of which there is one a sign-in: a host that is taken off the list is
    /// in no page from then on. Nobody's, where the store cannot say.
    async fn sources(&self) -> Vec<String> {
        let Some(store) = &self.0 else { return vec![] };
        let found = store.organisation().find().await;
        found.map(|found| found.value.frame_sources()).unwrap_or_default()
    }
}

/// Whether the path is an address of the app and no file.
fn is_page(path: &str) -> bool {
    let name = path.trim_start_matches('/');
    name.rsplit('/').next().is_none_or(|last| !last.contains('.')) || name == "index.html"
}

fn is_the_apis(path: &str) -> bool {
    path == "/openapi.json" || path == "/metrics" || path == "/v1" || path.starts_with("/v1/")
}

fn answer(method: &Method, path: &str, headers: &HeaderMap, framed: &[String]) -> Response<Body> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are for pages");
        refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    let name = path.trim_start_matches('/');
    if is_page(path) {
        return page(framed);
    }
    let Some(file) = web::file(name, takes_gzip(headers)) else {
        return plain(StatusCode::NOT_FOUND, "there is no such file");
    };
    let keep = if file.lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::new(Body::from(file.bytes.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if file.gzipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn page(framed: &[String]) -> Response<Body> {
    let Some(index) = web::index() else {
        return plain(StatusCode::NOT_FOUND, "the browser app is not in this binary");
    };
    let Some(nonce) = nonce() else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "no randomness is to be had");
    };
    let text = String::from_utf8_lossy(&index).replace(web::NONCE, &nonce);
    let framed = if framed.is_empty() { "'none'".to_owned() } else { framed.join(" ") };
    let policy = format!(
        "default-src 'none'; frame-src {framed}; \
         script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// 128 bits in hex.
fn nonce() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(hex::encode(bytes))
}

/// RFC 9110 §12.5.3, as far as browsers use it; a weight of zero refuses.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim() == "gzip" && !matches!(weight.trim(), "q=0" | "q=0.0")
        })
    })
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(method: &str, path: &str) -> Response<Body> {
        let api = Router::new().route("/v1/health", get(async || "the API"));
        let request = Request::builder().method(method).uri(path).header("accept-encoding", "gzip");
        let router = api.layer(from_fn_with_state(Frames(None), before_the_api));
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn header<'r>(response: &'r Response<Body>, name: &str) -> &'r str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn every_address_of_the_app_begins_with_its_page() {
        for path in ["/", "/desk", "/board/wall", "/admin/agents?text=rita"] {
            let page = ask("GET", path).await;
            assert_eq!(page.status(), 200, "{path}");
            assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
            assert_eq!(header(&page, "cache-control"), "no-store");
        }
    }

    #[tokio::test]
    async fn the_page_runs_nothing_that_is_not_ours() {
        let (one, two) = (ask("GET", "/").await, ask("GET", "/").await);
        let policy = header(&one, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-src 'none';"), "{policy}");
        let framed = page(&["https://crm.example".to_owned()]);
        let policy_of_it = header(&framed, "content-security-policy");
        assert!(policy_of_it.contains("frame-src https://crm.example;"), "{policy_of_it}");
        assert_ne!(policy, header(&two, "content-security-policy"), "a nonce is used once");
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_404_and_not_the_page() {
        assert_eq!(ask("GET", "/assets/gone.js").await.status(), 404);
        assert_eq!(ask("GET", "/cordboard.svg").await.status(), 200);
    }

    #[tokio::test]
    async fn the_api_keeps_its_addresses() {
        assert_eq!(ask("GET", "/v1/health").await.status(), 200);
        assert_eq!(ask("GET", "/v1/nothing").await.status(), 404);
        assert_eq!(ask("GET", "/metrics").await.status(), 404, "the API's, which has none here");
        assert_eq!(ask("POST", "/desk").await.status(), 405);
    }

    /// RFC 9110 §12.5.3.
    #[test]
    fn a_browser_that_refuses_gzip_is_not_sent_it() {
        let with = |value| {
            let value = HeaderValue::from_static(value);
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)])
        };
        assert!(takes_gzip(&with("deflate, gzip;q=1.0, br")));
        assert!(!takes_gzip(&with("gzip;q=0, br")) && !takes_gzip(&HeaderMap::new()));
    }
}
