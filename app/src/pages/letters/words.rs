//! What the page of letters says. A table of its own, so that it comes with the page.

use leptos::prelude::*;

use crate::settings::Settings;
use crate::text::messages;

messages! { Word:
    Title: "外发通知", "Letters sent out";
    NotForYou: "外发通知由管理员管理，审计可看。", "Letters are the administrators' work; auditors may look.";
    Receivers: "接收方", "Receivers";
    ReceiversNotForYou: "接收方与签名密钥只给管理员看。", "Receivers and their secrets are shown to administrators only.";
    NoReceivers: "还没有接收方。加一个，通知就会以 Standard Webhooks 送到它那里。", "No receivers yet. Add one, and notices go to it as Standard Webhooks.";
    Id: "编号", "Id";
    Url: "地址", "Address";
    Note: "备注", "Note";
    Least: "最低等级", "From level";
    Posts: "总是送哪些岗位的", "Always for these posts";
    PostsHint: "此外还送排班中指名它的人。", "Besides for people on duty whose shifts name it.";
    NoPosts: "只送排班指名的", "only where a shift names it";
    On: "启用", "On";
    Off: "停用", "Off";
    Works: "送得到", "works";
    LastOk: "最后送到 {at}", "last taken {at}";
    NeverOk: "还没有送到过", "nothing taken yet";
    FailingSince: "{at} 起送不到", "failing since {at}";
    Queued: "待送 {n}", "{n} waiting";
    DeadOf: "无人收下 {n}", "{n} dead";
    Secret: "签名密钥", "Secret";
    ShowSecret: "显示密钥", "Show the secret";
    HideSecret: "收起密钥", "Hide the secret";
    NewSecret: "同时换新密钥（旧的随即失效）", "Make a new secret too (the old one ends at once)";
    Edit: "改", "Edit";
    EditOf: "改接收方 {id}", "Edit receiver {id}";
    Add: "加接收方", "Add a receiver";
    NewTitle: "新接收方", "New receiver";
    Save: "保存", "Save";
    Cancel: "不改了", "Cancel";
    Letters: "信件", "Letters";
    Dead: "无人收下", "Dead";
    Pending: "待送", "Waiting";
    Sent: "已送到", "Taken";
    Cancelled: "已取消", "Cancelled";
    Discarded: "已弃去", "Discarded";
    State: "哪种状态", "In which state";
    NoDead: "没有无人收下的信件。", "No dead letters.";
    NoneOfState: "没有这种状态的信件。", "No letters in this state.";
    To: "给", "To";
    Letter: "信件", "Letter";
    MadeAt: "写于", "Made";
    DueAt: "下次送", "Next try";
    Tries: "送了几次", "Tries";
    Answer: "回答", "Answer";
    Retry: "再送", "Send again";
    Discard: "弃去", "Discard";
    RetryOf: "再送 {id}", "Send {id} again";
    Revived: "{id} 已交去再送。", "{id} is on its way again.";
    Thrown: "{id} 已弃去。", "{id} is discarded.";
    Log: "送出记录", "Everything sent";
    NoLog: "还什么都没有送出。", "Nothing has been sent yet.";
    At: "时间", "Time";
    Channel: "渠道", "Channel";
    ByPage: "页面", "page";
    ByWebhook: "Webhook", "webhook";
    Attempt: "第几次", "Try";
    ShowMore: "再显示 {n} 条", "Show {n} more";
}

/// The word in the language of the moment, for a view.
pub fn say(
    settings: Settings,
    word: Word,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || word.text(settings.language.get())
}
