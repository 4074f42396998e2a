//! The routes of what is counted and measured, with their words: readings, themes and statistics.

use serde_json::json;

use super::route::{Group, Route, Who, said};
use super::shapes::{flag, named, text};
use super::table::{CSV, JSON, look};
use crate::web::{readings, themes, things};

pub fn routes() -> Vec<Route> {
    let g = Group::City;
    vec![
        sensor_readings(),
        look(
            Route::get("/api/v1/themes", g, themes::list, said("城市包里的专题", "The themes of the pack")),
            named("Themes"),
            r#"curl "$BASE/api/v1/themes" -H "Authorization: Bearer $KEY""#,
        ),
        look(
            Route::get("/api/v1/themes/{id}", g, themes::one, said(
                "一个专题的指标：数值、趋势、时效、缺什么、可下钻的列表；演练不计入",
                "The figures of a theme: value, trend, age, what is missing, and the list behind each; practice never counts",
            )),
            named("Theme"),
            r#"curl "$BASE/api/v1/themes/overview" -H "Authorization: Bearer $KEY""#,
        )
        .in_path("id", json!({ "type": "string", "examples": ["overview"] }), said("专题的编号", "the theme's id"))
        .refuses(&[401, 403, 404]),
        look(
            Route::get("/api/v1/stats", g, things::stats, said("统计数字，各附可下钻的列表", "Figures, each with the list it is counted from")),
            named("Stats"),
            r#"curl "$BASE/api/v1/stats" -H "Authorization: Bearer $KEY""#,
        ),
    ]
}

fn sensor_readings() -> Route {
    Route::get(
        "/api/v1/sensors/{id}/readings",
        Group::City,
        readings::of_sensor,
        said(
            "一个监测点的读数，原始的或按时段汇总的；原始值存 90 天，小时汇总一直保存；至多十万点",
            "What one sensor measured, one by one or gathered; single readings are kept 90 days, hours for ever; at most 100,000 points",
        ),
    )
    .who(Who::Reader)
    .in_path("id", named("Id"), said("监测点的编号", "the sensor's id"))
    .asks("property", named("Id"), said("测量什么；只测一样时可省", "which property; may be left out where there is only one"))
    .asks("since", named("Time"), said("起，默认一天前", "from; a day before unless said"))
    .asks("until", named("Time"), said("止，默认现在", "to before; now unless said"))
    .asks("every", json!({ "type": "string", "pattern": "^[0-9]+[mhd]$", "examples": ["5m", "1h", "1d"] }), said("按多长汇总；一天从当地零点起", "gathered over how long; days begin at the city's midnight"))
    .asks("drill", flag(), said("演练的读数，默认随监测点", "readings of practice; as the sensor is unless said"))
    .answers(200, JSON, named("Readings"))
    .answers(200, CSV, text())
    .refuses(&[401, 403, 404, 422])
    .example(r#"curl "$BASE/api/v1/sensors/air-01/readings?property=PM2.5&every=1h" -H "Authorization: Bearer $KEY""#)
}
