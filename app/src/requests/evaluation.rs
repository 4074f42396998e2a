//! Questions of the evaluation's page. `query` is what stands behind the question mark.

use domain::evaluation::view::{CaseView, EvaluationView, MovesView};
use gloo_net::http::Request;

use super::{Problem, get};

pub async fn evaluation(query: &str) -> Result<EvaluationView, Problem> {
    get(Request::get(&format!("/api/v1/evaluation?{query}"))).await
}

/// A page of cases, where the next begins, and how many there are.
pub async fn evaluated_cases(query: &str) -> Result<(Vec<CaseView>, Option<String>, u64), Problem> {
    get(Request::get(&format!("/api/v1/evaluation/cases?{query}"))).await
}

pub async fn moves_of_powers() -> Result<MovesView, Problem> {
    get(Request::get("/api/v1/evaluation/moves")).await
}
