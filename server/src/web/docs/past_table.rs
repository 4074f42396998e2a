//! The routes of the past, with their words and the shapes of what they tell.

use domain::wire::past::{DensityView, GapView, HorizonView, SeatView};
use serde_json::{Value, json};

use super::route::{Group, Route, Said, Who, said};
use super::schemas::Named;
use super::shapes::{count, flag, list, named, number, object, only, or_null, sent, text};
use super::table::{JSON, look};
use crate::web::{past, seats};

pub fn routes() -> Vec<Route> {
    let g = Group::Past;
    vec![
        look(
            Route::get(
                "/api/v1/past",
                g,
                past::horizon,
                said(
                    "可回放的范围：从何时到何时，占多少，哪些时段没有记录",
                    "How far back the picture is known: from when to when, how much it takes, and what is missing",
                ),
            ),
            named("Horizon"),
            r#"curl "$BASE/api/v1/past" -H "Authorization: Bearer $KEY""#,
        ),
        density(),
        picture(),
        changes(),
        seen(),
        told(),
    ]
}

const AS_A_SEAT: Said = said(
    "按某席位所见（/past/views 给出的 view）：只给其当时权限与图层所示、且你也有权看的",
    "as a seat saw it (`view` of /past/views): only what its rights and layers of then showed, and you may see; for those who may ask for views",
);

fn since(route: Route, says: Said) -> Route {
    route.asks("since", named("Time"), says)
}

fn density() -> Route {
    let route = look(
        Route::get(
            "/api/v1/past/density",
            Group::Past,
            past::density,
            said(
                "每一段时间内新增多少事件与报警；演练不计入",
                "How many incidents were opened and alarms raised in each step; practice never counts",
            ),
        ),
        named("Density"),
        r#"curl "$BASE/api/v1/past/density?every=1h" -H "Authorization: Bearer $KEY""#,
    );
    since(
        route,
        said("起，默认一天前", "from; a day before unless said"),
    )
    .asks(
        "until",
        named("Time"),
        said("止，默认现在", "to before; now unless said"),
    )
    .asks(
        "every",
        json!({ "type": "string", "pattern": "^[0-9]+[mhd]$", "examples": ["15m", "1h"] }),
        said("每段多长", "how long a step is"),
    )
    .refuses(&[401, 403, 422, 503])
}

fn picture() -> Route {
    look(
        Route::get("/api/v1/past/picture", Group::Past, past::picture, said(
            "某一时刻的全图，形状同实时快照；按今天的权限给看；未到或早于可回放范围为 422",
            "The whole picture at a moment, in the shapes of the live snapshot, under the rights of today; 422 for the future and before the horizon",
        )),
        named("PastPicture"),
        r#"curl "$BASE/api/v1/past/picture?at=2026-11-23T14:05:00%2B08:00" -H "Authorization: Bearer $KEY""#,
    )
    .asks("at", named("Time"), said("哪一时刻；必填", "which moment; needed"))
    .asks("view", count(), AS_A_SEAT)
    .refuses(&[401, 403, 422, 503])
}

fn changes() -> Route {
    let route = look(
        Route::get(
            "/api/v1/past/changes",
            Group::Past,
            past::changes,
            said(
                "两个时刻之间逐步变了什么：每步每物只给最后的样子；一次至多约两万项，余下从 next 接着要",
                "What changed between two moments, step by step, the latest of each thing in each step; about 20,000 at most, the rest from `next` on",
            ),
        ),
        named("PastChanges"),
        r#"curl "$BASE/api/v1/past/changes?since=2026-11-23T14:00:00%2B08:00&until=2026-11-23T14:05:00%2B08:00&step=5s" -H "Authorization: Bearer $KEY""#,
    );
    since(route, said("起，不含；必填", "from, without; needed"))
        .asks(
            "until",
            named("Time"),
            said("止，含；默认现在", "to, with; now unless said"),
        )
        .asks(
            "step",
            json!({ "type": "string", "pattern": "^[0-9]+(ms|[smhd])$", "examples": ["5s", "1m"] }),
            said(
                "每步多长，默认一分钟",
                "how long a step is; a minute unless said",
            ),
        )
        .asks("view", count(), AS_A_SEAT)
        .refuses(&[401, 403, 422, 503])
}

fn seen() -> Route {
    Route::get("/api/v1/past/views", Group::Past, seats::seen, said(
        "某一时刻各席位看到了什么：页面、窗口、当时的权限、范围、图层、列表、选中的事件；值班长只能问本班席位",
        "What seats saw at a moment: page, window, rights of then, box, layers, list, chosen incident; a shift leader asks about the seats of the shift only",
    ))
    .who(Who::Roles(seats::MAY_ASK))
    .asks("at", named("Time"), said("哪一时刻；必填", "which moment; needed"))
    .asks("account", text(), said("只问这个账号", "of this account only"))
    .answers(200, JSON, named("SeatViews"))
    .refuses(&[401, 403, 422, 503])
    .example(r#"curl "$BASE/api/v1/past/views?at=2026-11-23T14:05:00%2B08:00" -b "$COOKIE""#)
}

fn told() -> Route {
    Route::post(
        "/api/v1/past/views",
        Group::Past,
        seats::told,
        said(
            "页面报告自己正在显示什么，供事后查问",
            "A page tells what it shows, so that it can be asked for later",
        ),
    )
    .who(Who::SignedIn)
    .takes(JSON, named("Shown"))
    .ends_with(204)
    .refuses(&[400, 401, 403, 422, 429])
}

fn layers() -> Value {
    json!({
        "incidents": list(named("Incident")), "alarms": list(named("Alarm")), "units": list(named("Unit")),
        "sensors": list(named("Sensor")), "at": named("Time"), "position": count(),
    })
}

pub fn schemas() -> Vec<Named> {
    let mut picture = layers();
    picture["gap"] = or_null(named("Gap"));
    let mut step = layers();
    step["removed"] = list(named("Removed"));
    let required = ["at", "position", "incidents", "alarms", "units", "sensors"];
    let bbox = || json!({ "type": "array", "items": number(), "minItems": 4, "maxItems": 4 });
    let shown = || {
        json!({
            "page": text(), "window": or_null(text()), "bbox": bbox(), "zoom": number(), "layers": list(named("Layer")),
            "filter": or_null(text()), "tab": or_null(text()), "words": or_null(text()),
            "incident": or_null(named("IncidentId")),
        })
    };
    let mut told = shown();
    told["left"] = flag();
    let mut seen = shown();
    seen["view"] = count();
    seen["at"] = named("Time");
    seen["account"] = text();
    seen["audience"] = named("Audience");
    vec![
        (
            "Horizon",
            sent::<HorizonView>(
                "可回放的范围 · how far back the picture is known; since is null while nothing is recorded, units before thinned_until are known every few seconds only",
                json!({
                    "since": or_null(named("Time")), "until": named("Time"), "bytes": count(), "bytes_limit": count(),
                    "thinned_until": or_null(named("Time")), "gaps": list(named("Gap")),
                }),
            ),
        ),
        (
            "Gap",
            sent::<GapView>(
                "没有记录的时段 · nothing is known of this time: the server was down, or could not record",
                json!({ "since": named("Time"), "until": named("Time") }),
            ),
        ),
        (
            "Density",
            sent::<DensityView>(
                "每段的数目；alarms_unknown 内的报警数无从得知 · counts by step from since on; of the times in alarms_unknown no alarms are known: nothing was recorded, or they are not for who asks",
                json!({
                    "since": named("Time"), "until": named("Time"), "every_ms": count(), "incidents": list(count()),
                    "alarms": list(count()), "alarms_unknown": list(named("Gap")),
                }),
            ),
        ),
        (
            "PastPicture",
            object(
                "某一时刻的全图；该时刻没有记录时 gap 为那段时间，图为其开始时的样子 · the picture at a moment; if nothing was recorded of it, `gap` is the time it lies in, and the picture that of its beginning",
                &[&required[..], &["gap"]].concat(),
                picture,
            ),
        ),
        (
            "PastStep",
            object(
                "一步之内变了什么 · what changed in a step that ends at `at`; removed is what is no longer shown",
                &[&required[..], &["removed"]].concat(),
                step,
            ),
        ),
        (
            "PastChanges",
            object(
                "逐步的变化；下一次从 next 或 until 接着要，不会漏 · changes by step; steps without any are left out. Whoever goes on from `next`, or else from `until`, misses nothing: until is earlier than asked for where more may still come. What changed in one of the gaps shows at its end",
                &[
                    "since", "until", "step_ms", "position", "steps", "gaps", "next",
                ],
                json!({
                    "since": named("Time"), "until": named("Time"), "step_ms": count(), "position": count(),
                    "steps": list(named("PastStep")), "gaps": list(named("Gap")), "next": or_null(named("Time")),
                }),
            ),
        ),
        (
            "Shown",
            object(
                "页面显示着什么 · what a page shows from now on, or with `left` until now; each window under a name of its own",
                &["page", "bbox"],
                told,
            ),
        ),
        (
            "Audience",
            json!({
                "description": "权限范围 · whose things an account may see: all, those of a town, of a department (and its town), none",
                "oneOf": [
                    { "type": "string", "enum": ["city", "nothing"] },
                    only("town", text()),
                    only("department", object("部门 · a department", &["id", "town"], json!({ "id": text(), "town": or_null(text()) }))),
                ],
            }),
        ),
        (
            "SeatView",
            sent::<SeatView>(
                "一个席位看到了什么 · what a page of an account showed from a moment on",
                seen,
            ),
        ),
        (
            "SeatViews",
            object(
                "席位所见 · what seats saw",
                &["at", "views"],
                json!({ "at": named("Time"), "views": list(named("SeatView")) }),
            ),
        ),
    ]
}
