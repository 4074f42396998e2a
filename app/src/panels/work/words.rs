//! What the panel of the work says. A table of its own, so that it comes with the panel and not with the page.

use crate::text::messages;

messages! { Word:
    Requests: "待审批", "Waits for a decision";
    Extension: "申请延期", "Extension asked for";
    Suspension: "申请挂账", "Suspension asked for";
    Appeal: "申诉", "Appeal";
    UntilWhen: "挂账至 {at}", "until {at}";
    GrantedBefore: "此前已批 {n} 次", "{n} granted before";
    FirstYes: "派遣员 {who} 已同意，还须值班长或领导批准", "The dispatcher {who} agrees; a shift leader or commander must too";
    NeedsLeader: "派遣员同意后，还须值班长或领导批准", "After the dispatcher a shift leader or commander must agree";
    Agree: "同意", "Agree";
    Decline: "不同意", "Decline";
    DecisionReason: "批复意见（可不填）", "Remark (optional)";
    Parts: "协同处置", "Who is on it";
    LeadPart: "主责", "Lead";
    SupportPart: "协同", "Support";
    Assigned: "派遣", "Assigned";
    Accepted: "签收", "Accepted";
    SetOut: "出发", "Set out";
    Arrived: "到场", "On site";
    Done: "完成", "Done";
    Expected: "预计 {at} 到（{unit}）", "Expected {at} ({unit})";
    ExpectedSaid: "预计 {at} 到", "Expected {at}";
    Instructions: "批示", "Instructions";
    NoAnswer: "待答复", "Waits for an answer";
    AnswerBy: "请于 {at} 前答复", "Answer by {at}";
    Plan: "预案清单", "Check list of the plan";
    Objectives: "目标", "Objectives";
    OfDesk: "中心", "Desk";
    TickedBy: "{who} {at}", "{who} {at}";
    OfAll: "{n}/{all}", "{n}/{all}";
    SharedViews: "共享", "Shared";
    ShareWith: "共享给", "Share with";
    ShareHint: "先用上面的名字存下视图，再共享给一个角色。", "Keep a view under a name above first, then share it with a role.";
}
