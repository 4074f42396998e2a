//! Alive, ready, and counted: what those who run the server ask it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::Office;

/// Makes the recorder of the process. Once.
pub fn install_metrics() -> Result<PrometheusHandle, String> {
    PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| format!("failed to install the metrics recorder: {error}"))
}

pub async fn alive() -> &'static str {
    "alive\n"
}

pub async fn ready(State(office): State<Arc<Office>>) -> Response {
    let reasons = office.back.not_ready();
    if reasons.is_empty() {
        return "ready\n".into_response();
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("{}\n", reasons.join("\n")),
    )
        .into_response()
}

pub async fn metrics(State(office): State<Arc<Office>>) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], office.metrics.render()).into_response()
}
