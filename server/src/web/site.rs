//! The site folder inside the program: scripts, wasm, styles and icons, as the program's build embedded them.
//! Never reads a file at run time, so the program runs from any folder.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::prelude::LeptosOptions;

/// The folder's name holds a hash of its content, so what is in it never changes under its name.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "no-cache";

const NO_BUNDLE: &str = "This server was built without its web bundle, so pages show but do not react. \
                         Build it whole with `make build`, or name the site folder in GULOU_SITE while compiling.\n";
pub const UNKNOWN_TYPE: &str = "application/octet-stream";
const OTHER_VERSION: &str = "No such file in this version of Gulou. If this page was open during an upgrade, load it again.\n";

/// What pages ask for besides themselves.
pub struct Site {
    /// Sorted by path; empty when the program was built without its pages.
    pub files: &'static [SiteFile],
    /// `pkg/` and the hash of what is in it.
    pub package_folder: &'static str,
}

/// One file of the site, with the compressed copies that were made for it.
pub struct SiteFile {
    /// Below the site folder, with `/`: `pkg/desk.js`, `favicon.svg`.
    pub path: &'static str,
    pub fingerprint: &'static str,
    pub plain: &'static [u8],
    pub brotli: Option<&'static [u8]>,
    pub gzip: Option<&'static [u8]>,
}

impl Site {
    /// Leptos options for rendering pages that ask for exactly the embedded bundles; the shell names the one of its page.
    pub fn leptos_options(&self) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name("desk")
            .site_root("")
            .site_pkg_dir(self.package_folder)
            .build()
    }

    /// Whether pages will react.
    pub fn has_bundle(&self) -> bool {
        !self.files.is_empty()
    }

    /// Routes for every embedded file: the bundle below its hashed folder, the rest (icons, manifest) at the root.
    pub fn router<S: Clone + Send + Sync + 'static>(&'static self) -> Router<S> {
        let package = move |Path(file): Path<String>, headers: HeaderMap| async move {
            self.package_file(&file, &headers)
        };
        let mut router = Router::new().route("/pkg/{*file}", get(package));
        let beside = |file: &&SiteFile| !file.path.starts_with("pkg/");
        for file in self.files.iter().filter(beside) {
            let answer =
                move |headers: HeaderMap| async move { file.answer(&headers, ASK_EACH_TIME) };
            router = router.route(&format!("/{}", file.path), get(answer));
        }
        router
    }

    fn package_file(&self, file: &str, headers: &HeaderMap) -> Response {
        if !self.has_bundle() {
            return (StatusCode::SERVICE_UNAVAILABLE, NO_BUNDLE).into_response();
        }
        let asked = format!("pkg/{file}");
        let found = asked
            .strip_prefix(self.package_folder)
            .and_then(|name| name.strip_prefix('/'))
            .and_then(|name| self.file(&format!("pkg/{name}")));
        match found {
            Some(file) => file.answer(headers, FOR_EVER),
            None => (StatusCode::NOT_FOUND, OTHER_VERSION).into_response(),
        }
    }

    pub fn file(&self, path: &str) -> Option<&'static SiteFile> {
        let index = self
            .files
            .binary_search_by(|file| file.path.cmp(path))
            .ok()?;
        self.files.get(index)
    }
}

impl SiteFile {
    pub fn content_type(&self) -> &'static str {
        content_type(self.path)
    }

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
            HeaderValue::from_static(self.content_type()),
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
        _ => UNKNOWN_TYPE,
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
    fn an_old_tab_or_a_missing_bundle_is_told_in_words() {
        static WHOLE: Site = Site {
            files: &[DRUM],
            package_folder: "pkg/0011",
        };
        static BARE: Site = Site {
            files: &[],
            package_folder: "pkg/none",
        };
        let status = |site: &Site, file| site.package_file(file, &HeaderMap::new()).status();
        assert_eq!(status(&WHOLE, "0011/drum.js"), StatusCode::OK);
        assert_eq!(status(&WHOLE, "2233/drum.js"), StatusCode::NOT_FOUND);
        assert_eq!(
            status(&BARE, "0011/drum.js"),
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
