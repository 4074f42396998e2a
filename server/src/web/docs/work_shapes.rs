//! How the work on an incident stands, beside its other details: orders, instructions, plan, requests.

use domain::plan::Whose;
use domain::request::Waiting;
use domain::shared_views::{LONGEST_NAME, LONGEST_WORDS, MOST_SHARED, SharedViewList, SharedViews};
use domain::wire::work::{
    AnswerView, AssignmentView, InstructionView, ItemView, PlanView, RequestView,
};
use serde_json::json;

use super::schemas::Named;
use super::shapes::{count, flag, list, named, object, or_null, sent, text, words_of};

pub fn schemas() -> Vec<Named> {
    let words = || json!({ "text": text(), "text_en": text() });
    let mut item = words();
    item["id"] = text();
    item["whose"] = words_of::<Whose>();
    item["done_by"] = or_null(text());
    item["done_at"] = or_null(named("Time"));
    let view = || {
        json!({
            "name": { "type": "string", "minLength": 1, "maxLength": LONGEST_NAME },
            "tab": { "enum": ["new", "mine", "late", "all", "tray", "decide"] },
            "words": { "type": "string", "maxLength": LONGEST_WORDS, "default": "" },
        })
    };
    let views = || json!({ "type": "array", "items": object("视图 · a list with a name", &["name", "tab"], view()), "maxItems": MOST_SHARED });
    vec![
        (
            "GivenViews",
            object(
                "视图组 · all views of a role",
                &["views"],
                json!({ "views": views() }),
            ),
        ),
        (
            "SharedViews",
            sent::<SharedViews>(
                "共享视图 · the views of a role",
                json!({ "role": named("Role"), "views": views(), "by": text(), "at": named("Time") }),
            ),
        ),
        (
            "SharedViewList",
            sent::<SharedViewList>(
                "共享视图 · by role",
                json!({ "shared": list(named("SharedViews")) }),
            ),
        ),
        (
            "Assignment",
            sent::<AssignmentView>(
                "工单 · the order to one department, and how far it is",
                json!({
                    "department": named("Id"), "part": { "enum": ["lead", "support"] }, "assigned_at": named("Time"),
                    "acknowledged_at": or_null(named("Time")), "set_out_at": or_null(named("Time")), "unit": or_null(named("Id")),
                    "unit_position": or_null(named("Position")), "expected_at": or_null(named("Time")),
                    "arrived_at": or_null(named("Time")), "resolved_at": or_null(named("Time")),
                    "deadline": or_null(named("Deadline")),
                }),
            ),
        ),
        (
            "Instruction",
            sent::<InstructionView>(
                "批示 · an instruction that demands an answer",
                json!({
                    "number": count(), "by": text(), "at": named("Time"), "text": text(), "answer_by": or_null(named("Time")),
                    "answer": or_null(named("InstructionAnswer")),
                }),
            ),
        ),
        (
            "InstructionAnswer",
            sent::<AnswerView>(
                "批示答复 · the answer to an instruction",
                json!({ "by": text(), "department": or_null(named("Id")), "at": named("Time"), "text": text() }),
            ),
        ),
        (
            "Plan",
            sent::<PlanView>(
                "预案 · the plan it is worked by, as it was when it was dispatched",
                json!({
                    "id": text(), "name": text(), "name_en": text(),
                    "objectives": list(object("目标 · what is to be reached", &["text", "text_en"], words())),
                    "items": list(named("PlanItem")),
                }),
            ),
        ),
        (
            "PlanItem",
            sent::<ItemView>("清单条目 · a line of the check list", item),
        ),
        (
            "Request",
            sent::<RequestView>(
                "待批申请 · what waits for a decision",
                json!({
                    "kind": words_of::<Waiting>(), "by": text(), "department": or_null(named("Id")), "at": named("Time"), "reason": text(),
                    "until": or_null(named("Time")), "needs_leader": flag(), "first_yes": or_null(text()), "granted": count(),
                }),
            ),
        ),
    ]
}
