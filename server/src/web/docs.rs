//! The documentation of the public contract, as OpenAPI and as a page, both made from the table the router is built of.
//! Must say nothing that the code does not do.

mod alarm_table;
mod attachment_table;
mod commands;
mod counted;
mod counted_table;
mod evaluation_table;
mod field_table;
mod ground_table;
mod names;
mod notify_table;
mod observations;
mod office_table;
mod openapi;
mod page;
mod past_table;
mod people_table;
mod route;
mod schemas;
mod shapes;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod work_shapes;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::Office;

const STYLE: &str = include_str!("docs/page.css");

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::document().to_string());
/// No script at all, and no style but our own file and the one block of the page.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'self' 'sha256-{style}'; img-src 'self'; base-uri 'none'; frame-ancestors 'self'; \
         form-action 'none'"
    )
});

/// A router of every route of the table that this stage serves.
pub fn served() -> Router<Arc<Office>> {
    table::routes()
        .into_iter()
        .filter_map(route::Route::into_served)
        .fold(Router::new(), |router, (path, served)| {
            router.route(path, served)
        })
}

async fn openapi() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], DOCUMENT.as_str()).into_response()
}

async fn page(State(office): State<Arc<Office>>) -> Response {
    let site = office.site;
    let tokens = site
        .has_bundle()
        .then(|| format!("/{}/tokens.css", site.package_folder));
    let html = page::page(&office.back.city().labels, tokens.as_deref());
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let sniff = HeaderValue::from_static("nosniff");
    let mut response = (
        [
            (header::CONTENT_TYPE, kind),
            (header::X_CONTENT_TYPE_OPTIONS, sniff),
        ],
        html,
    )
        .into_response();
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
