//! Every route of the server with what is said of it. The router is built from this table, so that what is served is
//! documented; what another stage serves (feeds' door, live stream) stands here too.

use domain::request::Waiting;
use domain::shared_views::MAY_SHARE;
use serde_json::{Value, json};

use super::alarm_table;
use super::attachment_table;
use super::counted_table;
use super::evaluation_table;
use super::field_table;
use super::ground_table;
use super::notify_table;
use super::office_table;
use super::past_table;
use super::people_table;
use super::route::{Group, Route, Verb, Who, said};
use super::shapes::{flag, list, named, number, one_of_words, or_null, text};
use crate::web::{
    health, incidents, login, pages, places, shared_views, thing_pages, things, wall_pages, walls,
};

pub const JSON: &str = "application/json";
pub const GEOJSON: &str = "application/geo+json";
pub const CSV: &str = "text/csv";
pub const HTML: &str = "text/html";
const PLAIN: &str = "text/plain";
const FORM: &str = "application/x-www-form-urlencoded";

pub fn routes() -> Vec<Route> {
    let mut routes = feeds();
    routes.extend(incident_routes());
    routes.extend(attachment_table::routes());
    routes.extend(alarm_table::routes());
    routes.extend(notify_table::routes());
    routes.extend(live());
    routes.extend(past_table::routes());
    routes.extend(wall());
    routes.extend(shared());
    routes.extend(city());
    routes.extend(ground_table::routes());
    routes.extend(counted_table::routes());
    routes.extend(people_table::routes());
    routes.extend(evaluation_table::routes());
    routes.extend(office_table::routes());
    routes.extend(page_routes());
    routes.extend(field_table::routes());
    routes.extend(wall_page_routes());
    routes.extend(running());
    routes
}

fn feeds() -> Vec<Route> {
    vec![
        Route::elsewhere(
            Verb::Post,
            "/api/v1/observations",
            Group::Feeds,
            said(
                "成批送入观测；落盘之后才答 200，一条有误不影响其余",
                "A batch of observations. 200 only after it is durable; one bad item never spoils its batch",
            ),
        )
        .who(Who::Feeder)
        .asks(
            "feed",
            text(),
            said(
                "数据源定义的编号，用于 GeoJSON",
                "the pack's feed definition that maps GeoJSON properties",
            ),
        )
        .takes(JSON, list(named("Observation")))
        .takes("application/x-ndjson", named("Observation"))
        .takes(GEOJSON, named("FeatureCollection"))
        .answers(200, JSON, named("Receipt"))
        .refuses(&[400, 401, 403, 408, 413, 415, 429, 503])
        .example(
            r#"curl -X POST "$BASE/api/v1/observations" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
  -d '[{"source":"hotline-12345","id":"WO-1","kind":"report","time":"2026-11-23T09:15:00+08:00","position":[113.7463,23.0234],"category":"C0101","text":"井盖缺失"}]'"#,
        ),
        Route::get(
            "/api/v1/feeds",
            Group::Feeds,
            things::feeds,
            said(
                "各数据源的状态、计数与最近的坏条目",
                "How each feed is doing, its counts and its last bad items",
            ),
        )
        .who(Who::Reader)
        .answers(200, JSON, named("Feeds"))
        .refuses(&[401, 403])
        .example(r#"curl "$BASE/api/v1/feeds" -H "Authorization: Bearer $KEY""#),
    ]
}

fn incident_routes() -> Vec<Route> {
    let id = || {
        (
            "id",
            named("IncidentId"),
            said("事件的 id", "the incident's id"),
        )
    };
    let (name, schema, says) = id();
    let one = Route::get(
        "/api/v1/incidents/{id}",
        Group::Incidents,
        incidents::one,
        said(
            "一件事件：线索、经过、依据、现在可下的命令",
            "One incident with evidence, timeline, reasons and the commands you may give now",
        ),
    )
    .who(Who::Reader)
    .in_path(name, schema, says)
    .answers(200, JSON, named("IncidentDetail"))
    .refuses(&[401, 403, 404])
    .example(r#"curl "$BASE/api/v1/incidents/i5-0" -H "Authorization: Bearer $KEY""#);
    let (name, schema, says) = id();
    let command = Route::post(
        "/api/v1/incidents/{id}/commands",
        Group::Incidents,
        incidents::command,
        said(
            "对事件下命令；同一命令 id 再次送来得到第一次的回答",
            "A command to an incident; the same command id again gets the first answer",
        ),
    )
    .who(Who::Commander)
    .in_path(name, schema, says)
    .takes(JSON, named("Command"))
    .answers(200, JSON, named("Incident"))
    .refuses(&[400, 401, 403, 404, 409, 422, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/incidents/i5-0/commands" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"id":"0192f0c1-2b3c-7d4e-8f50-123456789abc","command":"register","expected_revision":1}'"#,
    );
    vec![incident_list(), open(), preview(), one, command]
}

fn incident_list() -> Route {
    let several = words;
    Route::get(
        "/api/v1/incidents",
        Group::Incidents,
        incidents::list,
        said(
            "事件列表，最近变动在前；翻页以第一页的时刻为准",
            "Incidents, newest change first; a cursor pages as of one position",
        ),
    )
    .who(Who::Reader)
    .asks("state", several("states"), said("状态，逗号分隔", "states"))
    .asks("category", several("codes or beginnings of codes"), said("类别或其前缀，逗号分隔", "categories or beginnings of them"))
    .asks("severity", several("1 to 4"), said("等级，逗号分隔", "severities"))
    .asks("department", named("Id"), said("主责或协办部门", "lead or supporting department"))
    .asks("town", text(), said("镇街名或代码", "a town's name or code"))
    .asks("bbox", text(), said("西,南,东,北", "west,south,east,north"))
    .asks("since", named("Time"), said("起", "from"))
    .asks("until", named("Time"), said("止", "to"))
    .asks("overdue", flag(), said("是否超时", "late or not"))
    .asks("dispatched_since", named("Time"), said("首次派遣起", "first dispatched from"))
    .asks("dispatched_until", named("Time"), said("首次派遣止", "first dispatched to"))
    .asks("closed_since", named("Time"), said("结案起", "closed from"))
    .asks("closed_until", named("Time"), said("结案止", "closed to"))
    .asks("in_time", several("true, false"), said("按期办完；true,false 为有期限且已办完的", "done before its deadline or not; true,false: done and with a deadline"))
    .asks("accurate", several("true, false"), said("派遣后未退回、未返工", "dispatched and neither given back nor done again, or one of these"))
    .asks("drill", flag(), said("是否演练", "drill or not"))
    .asks("tray", flag(), said("是否待派", "in the duty officer's tray or not"))
    .asks("waiting", several(&Waiting::ALL.map(Waiting::name).join(", ")), said("有事项待谁决定或答复", "something of these waits for somebody"))
    .asks("q", text(), said("编号、标题或内容中的词", "words of number, title or text"))
    .asks(
        "limit",
        json!({ "type": "integer", "minimum": 1, "maximum": crate::web::list_query::MOST }),
        said("一页多少", "how many a page"),
    )
    .asks("cursor", text(), said("上一页的 next", "`next` of the page before"))
    .answers(200, JSON, named("IncidentList"))
    .answers(200, GEOJSON, named("FeatureCollection"))
    .answers(200, CSV, text())
    .refuses(&[401, 403, 422, 503])
    .example(r#"curl "$BASE/api/v1/incidents?state=reported,registered&severity=1,2&limit=20" -H "Authorization: Bearer $KEY""#)
}

/// A page with the same question as a list of the interface.
pub fn list_page(route: Route) -> Route {
    route
        .asks("drill", flag(), said("是否演练", "drill or not"))
        .refuses(&[422])
        .answers(200, HTML, text())
}

pub fn words(of: &str) -> Value {
    json!({ "type": "string", "description": format!("{of}, separated by commas") })
}

fn open() -> Route {
    Route::post(
        "/api/v1/incidents",
        Group::Incidents,
        incidents::open,
        said(
            "人工登记一件事件，此后只由人流转",
            "Write an incident down; opened by hand, it moves only by hand",
        ),
    )
    .who(Who::Opener)
    .takes(JSON, named("OpenIncident"))
    .answers(201, JSON, named("Incident"))
    .refuses(&[400, 401, 403, 422, 503])
    .example(
        r#"curl -X POST "$BASE/api/v1/incidents" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"position":[113.7463,23.0234],"text":"沿江路积水"}'"#,
    )
}

fn preview() -> Route {
    Route::post(
        "/api/v1/incidents/preview",
        Group::Incidents,
        incidents::preview,
        said(
            "登记之前先看：会是什么类别、归谁、何时到期、附近有无同一件事；什么也不留下",
            "Before it is written down: its kind, who gets it and by when, and what is probably the same; nothing is kept",
        ),
    )
    .who(Who::Opener)
    .takes(JSON, named("PreviewOfIncident"))
    .answers(200, JSON, named("Preview"))
    .refuses(&[400, 401, 403, 422])
    .example(
        r#"curl -X POST "$BASE/api/v1/incidents/preview" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"position":[113.7463,23.0234],"text":"沿江路积水"}'"#,
    )
}

fn live() -> Vec<Route> {
    vec![
        Route::elsewhere(
            Verb::Get,
            "/api/v1/live",
            Group::Live,
            said(
                "WebSocket：先全图，后增量。子协议 gulou.v1.json 或 gulou.v1",
                "A WebSocket: a snapshot, then deltas. Subprotocol gulou.v1.json or gulou.v1",
            ),
        )
        .who(Who::Reader)
        .ends_with(101)
        .refuses(&[401, 403])
        .example(r#"websocat --protocol gulou.v1.json -H "Authorization: Bearer $KEY" "ws://HOST/api/v1/live""#),
    ]
}

fn wall() -> Vec<Route> {
    let g = Group::Walls;
    vec![
        Route::get("/api/v1/wall", g, walls::shown, said("大屏上现在显示什么；大屏每两秒来问一次", "What walls show now; walls ask every two seconds"))
            .who(Who::Reader)
            .answers(200, JSON, named("Wall"))
            .refuses(&[401, 403])
            .example(r#"curl "$BASE/api/v1/wall" -H "Authorization: Bearer $KEY""#),
        Route::put("/api/v1/wall", g, walls::show, said("上墙：把一件事件、一个专题、一处地点或一组轮播放到所有大屏上；null 撤下", "Show on the walls: an incident, a theme, a place or a tour, on all of them; null takes it down"))
            .who(Who::Roles(walls::MAY_PIN))
            .takes(JSON, or_null(named("Pin")))
            .answers(200, JSON, named("Wall"))
            .refuses(&[400, 401, 403, 422])
            .example(r#"curl -X PUT "$BASE/api/v1/wall" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"tour":{"themes":["overview","ecology"],"dwell_s":60}}'"#),
    ]
}

/// Saved views that are given to roles.
fn shared() -> Vec<Route> {
    let g = Group::Incidents;
    let (name, schema, says) = ("role", named("Role"), said("角色", "the role"));
    vec![
        Route::get("/api/v1/views", g, shared_views::shown, said("共享视图：本角色的；值班长和管理员看到全部角色的", "Saved views given to your role; of all roles for those who give them"))
            .who(Who::SignedIn)
            .answers(200, JSON, named("SharedViewList"))
            .refuses(&[401, 403])
            .example(r#"curl "$BASE/api/v1/views" -b "$COOKIE""#),
        Route::put("/api/v1/views/{role}", g, shared_views::give, said("给一个角色一组视图，整组替换；空组即撤下", "Gives a role its saved views, all at once; an empty list takes them away"))
            .who(Who::Roles(MAY_SHARE))
            .in_path(name, schema, says)
            .takes(JSON, named("GivenViews"))
            .answers(200, JSON, named("SharedViews"))
            .refuses(&[400, 401, 403, 404, 422, 503])
            .example(r#"curl -X PUT "$BASE/api/v1/views/operator" -b "$COOKIE" -H "Origin: $BASE" -H 'Content-Type: application/json' \
  -d '{"views":[{"name":"虎门 积水","tab":"all","words":"虎门 积水"}]}'"#),
    ]
}

/// The pages of walls and themes.
fn wall_page_routes() -> Vec<Route> {
    let g = Group::Pages;
    let wall = |path, zh, en| {
        Route::get(path, g, wall_pages::wall, said(zh, en))
            .asks(
                "token",
                text(),
                said(
                    "大屏的长期令牌：登录后转到不带令牌的地址",
                    "a wall's long-lived token: signs in, then goes to the address without it",
                ),
            )
            .asks(
                "tour",
                text(),
                said("轮播的专题，逗号分隔", "themes to tour, with commas"),
            )
            .asks(
                "dwell",
                json!({ "type": "integer", "minimum": 10, "maximum": 3600 }),
                said("每个专题停留的秒数", "seconds for each theme"),
            )
            .asks(
                "width_m",
                number(),
                said(
                    "屏幕宽度，米；会记住",
                    "the screen's width in metres; remembered",
                ),
            )
            .asks(
                "distance_m",
                number(),
                said(
                    "最远观看距离，米；会记住",
                    "the farthest seat in metres; remembered",
                ),
            )
            .answers(200, HTML, text())
            .refuses(&[401, 404, 429])
    };
    vec![
        wall(
            "/wall",
            "大屏；未登录则转到登录页",
            "The wall; whoever is not signed in is sent to sign in",
        ),
        wall("/wall/{theme}", "大屏上的一个专题", "One theme on the wall").in_path(
            "theme",
            text(),
            said("专题的 id", "the theme's id"),
        ),
        Route::get(
            "/themes/{theme}",
            g,
            wall_pages::theme,
            said("专题页", "The page of a theme"),
        )
        .in_path("theme", text(), said("专题的 id", "the theme's id"))
        .answers(200, HTML, text()),
        list_page(Route::get(
            "/sensors",
            g,
            thing_pages::sensors,
            said("一个指标背后的传感器", "The sensors behind a figure"),
        ))
        .asks(
            "property",
            named("Id"),
            said("测量什么", "what it measures"),
        )
        .asks("unit", text(), said("以何单位", "in which unit"))
        .asks(
            "observed_since",
            named("Time"),
            said("最近读数不早于", "last measured at this moment or later"),
        )
        .asks(
            "observed_until",
            named("Time"),
            said("最近读数早于", "last measured before this moment"),
        )
        .asks("in_alarm", flag(), said("是否报警中", "in alarm or not")),
        list_page(Route::get(
            "/units",
            g,
            thing_pages::units,
            said("一个指标背后的车辆与人员", "The units behind a figure"),
        ))
        .asks(
            "heard_since",
            named("Time"),
            said("此刻起有消息的", "heard at this moment or later"),
        )
        .asks(
            "status",
            words("statuses"),
            said("状态，逗号分隔", "statuses"),
        )
        .asks("kind", words("kinds"), said("种类，逗号分隔", "kinds")),
        alarm_table::picked(list_page(Route::get(
            "/alarms",
            g,
            thing_pages::alarms,
            said(
                "一个指标背后的报警；无条件时为报警负荷页",
                "The alarms behind a figure; without a choice the page of their load",
            ),
        ))),
        Route::get(
            "/readings/{sensor}",
            g,
            wall_pages::readings,
            said(
                "一个传感器的读数曲线",
                "The readings of one sensor as a chart",
            ),
        )
        .in_path(
            "sensor",
            named("Id"),
            said("传感器的 id", "the sensor's id"),
        )
        .asks("property", text(), said("哪个物理量", "which property"))
        .asks("since", named("Time"), said("从何时", "from when on"))
        .asks("until", named("Time"), said("到何时", "until when"))
        .answers(200, HTML, text()),
    ]
}

/// A GET of the city or its things: read by whoever may look.
pub fn look(route: Route, answer: Value, example: &'static str) -> Route {
    route
        .who(Who::Reader)
        .answers(200, JSON, answer)
        .refuses(&[401, 403])
        .example(example)
}

fn city() -> Vec<Route> {
    let g = Group::City;
    vec![
        look(
            Route::get("/api/v1/me", g, things::me, said("我是谁", "Who one is")),
            named("Me"),
            r#"curl "$BASE/api/v1/me" -H "Authorization: Bearer $KEY""#,
        ),
        look(
            Route::get("/api/v1/city", g, places::city, said("城市、镇街、范围、来源说明", "The city, its towns, bounds and attribution")),
            named("City"),
            r#"curl "$BASE/api/v1/city" -H "Authorization: Bearer $KEY""#,
        ),
        look(
            Route::get("/api/v1/places", g, places::named, said("按名称、拼音首字母或整句话找地点", "Places by name, by the initials of its spelling, or by a sentence that names them")),
            named("PlaceList"),
            r#"curl "$BASE/api/v1/places?q=虎门" -H "Authorization: Bearer $KEY""#,
        )
        .asks("q", text(), said("名称或整句话", "a name or a sentence"))
        .answers(200, GEOJSON, named("FeatureCollection"))
        .answers(200, CSV, text())
        .refuses(&[401, 422]),
        look(
            Route::get("/api/v1/departments", g, places::departments, said("部门", "Departments")),
            named("Departments"),
            r#"curl "$BASE/api/v1/departments" -H "Authorization: Bearer $KEY""#,
        ),
        look(
            Route::get("/api/v1/categories", g, places::categories, said("类别、时限与结案标准", "Categories with limits and closing standards")),
            named("Categories"),
            r#"curl "$BASE/api/v1/categories" -H "Authorization: Bearer $KEY""#,
        ),
        Route::get("/api/v1/lifecycle", g, places::lifecycle, said("命令表", "The table of commands as data"))
            .answers(200, JSON, named("Lifecycle"))
            .example(r#"curl "$BASE/api/v1/lifecycle""#),
        Route::get("/api/v1/jurisdictions.geojson", g, places::jurisdictions, said("辖区轮廓", "Outlines of jurisdictions"))
            .who(Who::Reader)
            .asks("level", one_of_words(["city", "town", "village", "grid"]), said("哪一级，默认 town", "which level; town unless said"))
            .answers(200, GEOJSON, named("FeatureCollection"))
            .refuses(&[401, 403, 422])
            .example(r#"curl "$BASE/api/v1/jurisdictions.geojson?level=town" -H "Authorization: Bearer $KEY""#),
        Route::get("/api/v1/basemap/{layer}", g, places::basemap, said("底图图层", "A layer of the basemap"))
            .who(Who::Reader)
            .in_path("layer", json!({ "type": "string", "examples": ["land.geojson"] }), said("图层文件名", "the layer's file name"))
            .answers(200, GEOJSON, named("FeatureCollection"))
            .refuses(&[401, 403, 404])
            .example(r#"curl "$BASE/api/v1/basemap/land.geojson" -H "Authorization: Bearer $KEY""#),
        look(
            Route::get("/api/v1/units", g, things::units, said("车辆与人员", "Units that move")),
            named("UnitList"),
            r#"curl "$BASE/api/v1/units" -H "Authorization: Bearer $KEY" -H 'Accept: application/geo+json'"#,
        )
        .asks("heard_since", named("Time"), said("此刻起有消息的", "heard at this moment or later"))
        .asks("status", words("statuses"), said("状态，逗号分隔", "statuses"))
        .asks("kind", words("kinds"), said("种类，逗号分隔", "kinds"))
        .asks("drill", flag(), said("是否演练", "drill or not"))
        .asks("near", text(), said("离此处（经度,纬度）最近的，由近到远，附距离", "the nearest to lon,lat, nearest first, with `distance_m`"))
        .asks("k", text(), said("取几个，1 到 200，默认 5", "how many of the nearest, 1 to 200, 5 unless given"))
        .refuses(&[401, 403, 422, 503])
        .answers(200, GEOJSON, named("FeatureCollection"))
        .answers(200, CSV, text()),
        look(
            Route::get("/api/v1/sensors", g, things::sensors, said("传感器与最近读数", "Sensors and what they measured last")),
            named("SensorList"),
            r#"curl "$BASE/api/v1/sensors" -H "Authorization: Bearer $KEY""#,
        )
        .asks("property", named("Id"), said("测量什么；包里规则所列的别名同算", "what it measures, by any spelling the pack knows"))
        .asks("unit", text(), said("以何单位", "in which unit"))
        .asks("observed_since", named("Time"), said("最近读数不早于", "last measured at this moment or later"))
        .asks("observed_until", named("Time"), said("最近读数早于", "last measured before this moment"))
        .asks("in_alarm", flag(), said("是否在报警", "in alarm or not"))
        .asks("drill", flag(), said("是否演练", "drill or not"))
        .refuses(&[401, 403, 422, 503])
        .answers(200, GEOJSON, named("FeatureCollection"))
        .answers(200, CSV, text()),
    ]
}

fn page_routes() -> Vec<Route> {
    let g = Group::Pages;
    let next = || said("登录后去哪里", "where to go after signing in");
    vec![
        Route::get("/", g, pages::front, said("转到自己的页面", "Goes to one's own page")).ends_with(303),
        Route::get("/desk", g, pages::desk, said("值班台；未登录则转到登录页", "The desk; whoever is not signed in is sent to sign in"))
            .asks("incident", named("IncidentId"), said("打开哪一件", "which incident to open"))
            .answers(200, HTML, text()),
        Route::get("/login", g, pages::login, said("登录页", "The page to sign in"))
            .asks("next", text(), next())
            .answers(200, HTML, text()),
        Route::post("/login", g, login::log_in, said("登录；成功后转到自己的页面（值班台，手机上是工单或指挥页）并置会话 Cookie", "Sign in; then one's own page (the desk; on phones orders or command), with a session cookie"))
            .takes(FORM, json!({
                "type": "object", "required": ["name", "password", "csrf"],
                "properties": { "name": text(), "password": text(), "csrf": text(), "next": text() },
            }))
            .ends_with(303)
            .refuses(&[401, 403, 429, 503]),
        Route::post("/logout", g, login::log_out, said("退出", "Sign out")).ends_with(303).refuses(&[403]),
        Route::get("/api/v1/docs", g, super::page, said("本页", "This page")).answers(200, HTML, text()),
        Route::get("/api/v1/openapi.json", g, super::openapi, said("OpenAPI 3.1", "OpenAPI 3.1"))
            .answers(200, JSON, json!({ "type": "object" }))
            .example(r#"curl "$BASE/api/v1/openapi.json""#),
    ]
}

fn running() -> Vec<Route> {
    let g = Group::Running;
    vec![
        Route::get(
            "/healthz",
            g,
            health::alive,
            said("进程在", "The process lives"),
        )
        .answers(200, PLAIN, text())
        .example(r#"curl "$BASE/healthz""#),
        Route::get(
            "/readyz",
            g,
            health::ready,
            said(
                "已恢复、各部分应答；否则 503 附原因",
                "Recovered and answering; else 503 with reasons",
            ),
        )
        .answers(200, PLAIN, text())
        .refuses(&[503])
        .example(r#"curl "$BASE/readyz""#),
        Route::get(
            "/metrics",
            g,
            health::metrics,
            said("Prometheus 指标", "Prometheus metrics"),
        )
        .answers(200, PLAIN, text())
        .example(r#"curl "$BASE/metrics""#),
    ]
}
