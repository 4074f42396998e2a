//! The routes of the evaluation, with their words.

use super::route::{Group, Route, said};
use super::shapes::{named, text};
use super::table::HTML;
use crate::web::evaluation_pages;

pub fn routes() -> Vec<Route> {
    vec![page()]
}

fn page() -> Route {
    Route::get(
        "/evaluation",
        Group::Pages,
        evaluation_pages::evaluation,
        said(
            "考核评价页；未登录则转到登录页",
            "The page of the evaluation; whoever is not signed in is sent to sign in",
        ),
    )
    .asks("by", text(), said("按什么分行", "what the rows are"))
    .asks("since", named("Time"), said("起", "from"))
    .asks("until", named("Time"), said("止", "to before"))
    .asks("category", text(), said("类别", "category"))
    .asks("town", text(), said("镇街", "town"))
    .asks("department", text(), said("部门", "department"))
    .answers(200, HTML, text())
}
