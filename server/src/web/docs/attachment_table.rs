//! The routes of files of incidents, with their words.

use serde_json::json;

use super::route::{Group, Route, Who, said};
use super::schemas::Named;
use super::shapes::{count, list, named, object, or_null, sent, text};
use super::table::JSON;
use crate::web::attachments;
use domain::attachment::MediaType;
use domain::wire::AttachmentView;

pub fn routes() -> Vec<Route> {
    let all = "/api/v1/incidents/{id}/attachments";
    let one = "/api/v1/incidents/{id}/attachments/{attachment}";
    let of = |route: Route| {
        let says = said("事件的 id", "the incident's id");
        route.in_path("id", named("IncidentId"), says)
    };
    let binary = || json!({ "type": "string", "format": "binary" });
    let send = Route::post(
        all,
        Group::Incidents,
        attachments::send,
        said(
            "上传附件：JPEG、PNG、WebP、MP4、PDF，至多 20 MiB；类型看内容，拍摄地点等信息会被去掉；落盘之后才答 201",
            "Attach a file: JPEG, PNG, WebP, MP4, PDF, 20 MiB at most; its type is that of its content, and what it tells of where and by whom it was taken is taken out. 201 only after it is durable",
        ),
    )
    .who(Who::Commander)
    .asks("id", json!({ "type": "string", "format": "uuid" }), said("同一 id 再次送来得到第一次的回答", "the same id again gets the first answer"))
    .asks("name", text(), said("显示的名称", "the name to show"))
    .takes(
        "multipart/form-data",
        object(
            "一个文件 · one file",
            &["file"],
            json!({ "file": binary(), "id": { "type": "string", "format": "uuid" }, "name": text() }),
        ),
    );
    let send = MediaType::ALL
        .into_iter()
        .fold(send, |send, kind| send.takes(kind.name(), binary()))
        .answers(201, JSON, named("Attachment"))
        .refuses(&[400, 401, 403, 404, 408, 409, 413, 415, 422, 503, 507])
        .example(
            r#"curl -X POST "$BASE/api/v1/incidents/i5-0/attachments" -b "$COOKIE" -H "Origin: $BASE" -F file=@photo.jpg"#,
        );
    let listed = Route::get(
        all,
        Group::Incidents,
        attachments::list,
        said("一件事件的附件", "The attachments of an incident"),
    )
    .who(Who::Reader)
    .answers(200, JSON, named("AttachmentList"))
    .refuses(&[401, 403, 404])
    .example(r#"curl "$BASE/api/v1/incidents/i5-0/attachments" -H "Authorization: Bearer $KEY""#);
    let given = Route::get(
        one,
        Group::Incidents,
        attachments::one,
        said(
            "一个附件的内容；可按字节范围取；PDF 只供下载",
            "The content of an attachment; ranges of bytes can be asked for; a PDF is only ever saved",
        ),
    )
    .who(Who::Reader)
    .in_path("attachment", named("AttachmentId"), said("附件的 id", "the attachment's id"))
    .asks("preview", json!({ "type": "string", "enum": ["0", "1"] }), said("图片的小图，至多 480 像素", "of an image: a small one, 480 pixels at most"));
    let given = MediaType::ALL
        .into_iter()
        .fold(given, |given, kind| given.answers(200, kind.name(), binary()))
        .refuses(&[401, 403, 404, 416])
        .example(
            r#"curl -OJ "$BASE/api/v1/incidents/i5-0/attachments/f9-0" -H "Authorization: Bearer $KEY""#,
        );
    vec![of(send), of(listed), of(given)]
}

pub fn schemas() -> Vec<Named> {
    let shown = sent::<AttachmentView>(
        "附件 · a file of an incident",
        json!({
            "id": named("AttachmentId"), "name": text(), "bytes": count(), "by": text(), "at": named("Time"),
            "media_type": { "type": "string", "enum": MediaType::ALL.map(MediaType::name) },
            "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
            "width": or_null(count()), "height": or_null(count()), "url": text(), "preview_url": or_null(text()),
        }),
    );
    let id = json!({ "type": "string", "pattern": "^f[0-9]+-[0-9]+$", "examples": ["f9-0"] });
    let all = json!({ "attachments": list(named("Attachment")) });
    vec![
        ("AttachmentId", id),
        ("Attachment", shown),
        (
            "AttachmentList",
            object("附件 · attachments", &["attachments"], all),
        ),
    ]
}
