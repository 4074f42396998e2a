//! What the list of notices says. A table of its own, so that it comes with the list and not with the page.

use crate::text::messages;

messages! { Word:
    Notices: "通知", "Notices";
    Open: "{n} 条待确认", "{n} to acknowledge";
    None: "没有待确认的通知。派来的工单、退回、待批、督办、批示、升级和提到您的留言会出现在这里；报警在「报警」里。", "No notices. Orders, returns, decisions, urges, instructions, escalations and comments that mention you will appear here; alarms have a list of their own.";
    Cut: "通知线路断开，正在第 {n} 次重连。下面是断开前的，新通知要等接通。", "The line of notices is broken, try {n} to draw it anew. Below is what was known before; what is new waits.";
    Acknowledge: "确认", "Acknowledge";
    AcknowledgeShown: "确认所列 {n} 条", "Acknowledge these {n}";
    NotDone: "{n} 条未确认：{why}", "{n} not acknowledged: {why}";
    LeftOff: "另有 {n} 条未列出，确认一些后出现", "{n} more are not listed; they follow as these are acknowledged";
    OnlyLooking: "审计员只看，不确认", "An auditor looks and acknowledges nothing";
    To: "发给 {who}", "To {who}";
    Incident: "事件", "Incident";
    Step: "{stage}时限升级", "Escalated: {stage}";
    Accept: "受理", "accepting";
    Verify: "核实", "verifying";
    Dispatch: "派遣", "dispatching";
    Handle: "处置", "handling";
    Check: "核查", "checking";
    Drill: "演练", "Drill";
    Close: "关闭", "Close";
}
