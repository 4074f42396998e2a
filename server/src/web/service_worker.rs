//! The worker that keeps the department's page for places without a network. It belongs to one build: its first line names the
//! folder of that build's files, so another build is another worker, and browsers take it by themselves.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Office;
use super::problem::Problem;
use super::site::Site;

const FILE: &str = "pkg/service_worker.js";
/// It asks nobody but us, and runs nothing that it was not served with.
const POLICY: &str = "default-src 'none'; connect-src 'self'";

pub async fn service_worker(State(office): State<Arc<Office>>) -> Response {
    match script(office.site) {
        Some(script) => (
            StatusCode::OK,
            [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("text/javascript; charset=utf-8"),
                ),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
                (
                    header::CONTENT_SECURITY_POLICY,
                    HeaderValue::from_static(POLICY),
                ),
                (
                    header::X_CONTENT_TYPE_OPTIONS,
                    HeaderValue::from_static("nosniff"),
                ),
            ],
            script,
        )
            .into_response(),
        None => Problem::not_found("This server was built without its web bundle.").into_response(),
    }
}

fn script(site: &Site) -> Option<String> {
    let worker = std::str::from_utf8(site.file(FILE)?.plain).ok()?;
    let folder = site.package_folder;
    Some(format!("self.gulouPackage=\"/{folder}/\";\n{worker}"))
}

#[cfg(test)]
mod tests {
    use super::super::site::SiteFile;
    use super::*;

    #[test]
    fn another_build_has_another_worker() {
        const WORKER: SiteFile = SiteFile {
            path: "pkg/service_worker.js",
            fingerprint: "0011223344556677",
            plain: b"begin();",
            brotli: None,
            gzip: None,
        };
        let of = |package_folder| {
            script(&Site {
                files: &[WORKER],
                package_folder,
            })
        };
        let first = of("pkg/0011").expect("a worker");
        assert!(
            first.starts_with("self.gulouPackage=\"/pkg/0011/\";\n") && first.ends_with("begin();")
        );
        assert_ne!(of("pkg/0022"), Some(first));
        let bare = Site {
            files: &[],
            package_folder: "pkg/none",
        };
        assert_eq!(script(&bare), None, "no worker without its pages");
    }
}
