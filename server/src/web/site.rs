//! The site folder inside the program: scripts, wasm, styles and icons, as `build.rs` embedded them.
//! Never reads a file at run time, so the program runs from any folder.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::prelude::LeptosOptions;

mod table {
    //! The embedded files, sorted by path.
    use super::SiteFile;
    include!(concat!(env!("OUT_DIR"), "/site_table.rs"));
}

/// The folder's name holds a hash of its content, so what is in it never changes under its name.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "no-cache";

const NO_BUNDLE: &str = "This server was built without its web bundle, so pages show but do not react. \
                         Build it whole with `make build`, or name the site folder in GULOU_SITE while compiling.\n";
const OTHER_VERSION: &str = "No such file in this version of Gulou. If this page was open during an upgrade, load it again.\n";

/// One file of the site, with the compressed copies that were made for it.
struct SiteFile {
    /// Below the site folder, with `/`: `pkg/desk.js`, `favicon.svg`.
    path: &'static str,
    fingerprint: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Leptos options for rendering pages that ask for exactly the embedded bundles; the shell names the one of its page.
pub fn leptos_options() -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("desk")
        .site_root("")
        .site_pkg_dir(table::PACKAGE_FOLDER)
        .build()
}

/// Whether pages will react: false when the server was compiled without a bundle.
pub fn has_bundle() -> bool {
    !table::FILES.is_empty()
}

/// Routes for every embedded file: the bundle below its hashed folder, the rest (icons, manifest) at the root.
pub fn site_router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new().route("/pkg/{*file}", get(package_file));
    for file in table::FILES
        .iter()
        .filter(|file| !file.path.starts_with("pkg/"))
    {
        let answer = move |headers: HeaderMap| async move { file.answer(&headers, ASK_EACH_TIME) };
        router = router.route(&format!("/{}", file.path), get(answer));
    }
    router
}

async fn package_file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    if !has_bundle() {
        return (StatusCode::SERVICE_UNAVAILABLE, NO_BUNDLE).into_response();
    }
    let asked = format!("pkg/{file}");
    let found = asked
        .strip_prefix(table::PACKAGE_FOLDER)
        .and_then(|name| name.strip_prefix('/'))
        .and_then(|name| find(&format!("pkg/{name}")));
    match found {
        Some(file) => file.answer(&headers, FOR_EVER),
        None => (StatusCode::NOT_FOUND, OTHER_VERSION).into_response(),
    }
}

fn find(path: &str) -> Option<&'static SiteFile> {
    let index = table::FILES
        .binary_search_by(|file| file.path.cmp(path))
        .ok()?;
    table::FILES.get(index)
}

impl SiteFile {
    fn answer(&self, request: &HeaderMap, caching: &'static str) -> Response {
        let (encoding, body) = self.best_for(request);
        let tag = format!("\"{}-{}\"", self.fingerprint, encoding.unwrap_or("plain"));
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        if already_has(request, &tag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(content_type(self.path)),
        );
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        (headers, body).into_response()
    }

    fn best_for(&self, request: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        let asked = request
            .get(header::ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        match (self.brotli, self.gzip) {
            (Some(body), _) if accepts(asked, "br") => (Some("br"), body),
            (_, Some(body)) if accepts(asked, "gzip") => (Some("gzip"), body),
            _ => (None, self.plain),
        }
    }
}

/// RFC 9110, 12.5.3: a coding is accepted if named, unless its weight is zero; `*` is left unused.
fn accepts(asked: &str, coding: &str) -> bool {
    asked.split(',').any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let named = pieces
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = pieces
            .filter_map(|piece| {
                piece
                    .strip_prefix("q=")
                    .or_else(|| piece.strip_prefix("Q="))
            })
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight == 0.0));
        named && !refused
    })
}

fn already_has(request: &HeaderMap, tag: &str) -> bool {
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    known
        .split(',')
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "geojson" => "application/geo+json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "jpg" | "jpeg" => "image/jpeg",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRUM: SiteFile = SiteFile {
        path: "pkg/drum.js",
        fingerprint: "0011223344556677",
        plain: b"plain",
        brotli: Some(b"br"),
        gzip: Some(b"gz"),
    };

    fn asking(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_browser_gets_the_smallest_copy_it_can_read() {
        for (asked, expected) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip, br;q=0", Some("gzip")),
            ("GZIP;q=0.5", Some("gzip")),
            ("identity", None),
            ("brotli, gzipped", None),
            ("", None),
        ] {
            let (encoding, _) = DRUM.best_for(&asking(header::ACCEPT_ENCODING, asked));
            assert_eq!(encoding, expected, "for {asked:?}");
        }
    }

    #[test]
    fn a_file_the_browser_already_holds_is_not_sent_again() {
        let first = DRUM.answer(&HeaderMap::new(), FOR_EVER);
        let tag = first.headers()[header::ETAG].clone();
        let again = DRUM.answer(
            &HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.clone())]),
            FOR_EVER,
        );
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let mut other = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        other.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(
            DRUM.answer(&other, FOR_EVER).status(),
            StatusCode::OK,
            "another coding is another body"
        );
    }

    #[test]
    fn every_embedded_file_is_found_and_has_a_type() {
        for file in table::FILES {
            assert!(
                find(file.path).is_some_and(|found| std::ptr::eq(found, file)),
                "{}",
                file.path
            );
            assert_ne!(
                content_type(file.path),
                "application/octet-stream",
                "{}",
                file.path
            );
        }
    }

    #[tokio::test]
    async fn an_old_tab_or_a_missing_bundle_is_told_in_words() {
        let answer = package_file(
            Path(String::from("0000000000000000/desk.js")),
            HeaderMap::new(),
        )
        .await;
        let expected = if has_bundle() {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        assert_eq!(answer.status(), expected);
    }
}
