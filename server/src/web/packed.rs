//! Answers compressed for a bad network, by gzip, for whoever takes it.

use std::io::Write as _;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::problem::Problem;

/// Larger ones are no answer to one request.
const LARGEST: usize = 16 * 1024 * 1024;

/// Not for what holds a secret of the session beside what the asker may choose: its size would tell of it.
pub async fn packed(answer: Response, headers: &HeaderMap) -> Response {
    let (mut parts, body) = answer.into_parts();
    let vary = HeaderValue::from_static("accept-encoding");
    parts.headers.append(header::VARY, vary);
    if !takes_gzip(headers) {
        return Response::from_parts(parts, body);
    }
    let Ok(whole) = axum::body::to_bytes(body, LARGEST).await else {
        return Problem::failed("the answer could not be written").into_response();
    };
    let mut packer = GzEncoder::new(Vec::new(), Compression::new(5));
    match packer.write_all(&whole).and_then(|()| packer.finish()) {
        Ok(packed) => {
            let gzip = HeaderValue::from_static("gzip");
            parts.headers.insert(header::CONTENT_ENCODING, gzip);
            Response::from_parts(parts, Body::from(packed))
        }
        Err(_) => Response::from_parts(parts, Body::from(whole)),
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    accepted
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|one| one.trim() == "gzip"))
}
