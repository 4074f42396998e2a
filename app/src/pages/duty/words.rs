//! What the page of duty says. A table of its own, so that it comes with the page.

use leptos::prelude::*;

use crate::settings::Settings;
use crate::text::messages;

messages! { Word:
    Title: "值班与交接班", "Duty and hand-over";
    Rosters: "谁在值班", "Who is on duty";
    NoRosters: "还没有排班。值班长、管理员和部门人员可以在这里排；排了班，通知才找得到人。", "No rosters yet. Shift leaders, administrators and departments make them here; notices find people by them.";
    Room: "指挥中心", "Operations centre";
    OfTown: "{name}（镇街）", "{name} (town)";
    Now: "现在", "Now";
    Next: "之后", "Next";
    NobodyNow: "无人当班", "Nobody on duty";
    NothingNext: "之后没有排班", "nothing planned";
    UntilAt: "至 {at}", "until {at}";
    FromAt: "{at} 起", "from {at}";
    Reached: "通知得到 {who}", "Reached: {who}";
    NotReached: "通知不到任何人", "Nobody can be reached";
    ByPage: "页面", "page";
    SetBy: "{who} {at} 排", "set by {who}, {at}";
    Edit: "改排班", "Edit";
    MakeFor: "给岗位排班", "Make a roster for";
    Make: "排班", "Make it";
    EditorOf: "{post}的值班表", "Roster of {post}";
    EditorHint: "时间按本市时钟；保存后整张表换成这里的样子。", "Times are by the city's clock; saving replaces the whole roster.";
    NoShifts: "表里还没有班次。按“加一班”。", "No shifts yet. Press \"Add a shift\".";
    Person: "谁", "Who";
    From: "从", "From";
    To: "到", "To";
    Channels: "如何通知", "Reached by";
    RemoveShift: "去掉第 {n} 班", "Remove shift {n}";
    AddShift: "加一班", "Add a shift";
    DropPast: "去掉已结束的 {n} 班", "Remove {n} that are over";
    Save: "保存", "Save";
    Cancel: "不改了", "Cancel";
    Saved: "{post}的值班表已保存。", "The roster of {post} is saved.";
    BadTime: "第 {n} 班：时间没有填全", "shift {n}: a time is missing";
    NoPerson: "第 {n} 班：没有填谁", "shift {n}: nobody is named";
    NoChoices: "没有读到可选的人，可直接填账号名", "people could not be read; type the account's name";

    Notes: "交接班记录", "Hand-over notes";
    NoNotes: "您能看的岗位还没有交接班记录。写一条，接班的人就会在这里看到。", "No notes at posts you may read. Write one, and the next shift finds it here.";
    ToPost: "岗位", "Post";
    Text: "交给下一班的话", "What the next shift must know";
    TextHint: "写下要接着办的、要留意的；可以用下面的报告起头。", "What goes on, what to watch; the report below makes a beginning.";
    HandOver: "交班", "Hand over";
    HandedOver: "已记下，接班的人会看到。", "Written down; the next shift will see it.";
    MarkRead: "已阅", "Mark as read";
    ReadBy: "已阅：", "Read by ";
    NobodyRead: "还没有人读过", "Nobody has read it yet";
    OlderNotes: "更早的 {n} 条", "{n} older";
    ShowMore: "再显示 {n} 件", "Show {n} more";
    Unread: "未读", "unread";

    Report: "交接班报告", "Shift report";
    Span: "哪一段", "Which time";
    ThisShift: "本班", "This shift";
    Hours: "{n} 小时", "{n} h";
    SpanSaid: "{since} 至 {until}", "{since} to {until}";
    Counting: "正在统计…", "Counting…";
    Print: "打印", "Print";
    IntoNote: "写进交接班记录", "Put into a note";
    Opened: "新增", "Opened";
    Closed: "办结", "Closed";
    Open: "在办", "Open now";
    Late: "超期", "Late now";
    Waiting: "等待决定或答复", "Wait for a decision or answer";
    Tray: "待分派", "Not yet assigned";
    Unacknowledged: "未确认报警", "Alarms unacknowledged";
    Shelved: "搁置的报警", "Alarms shelved";
    Feeds: "数据源异常", "Feeds ill";
    NotesOf: "交接班记录", "Hand-over notes";
    AtLeast: "{n} 以上", "{n} or more";
    NothingThere: "没有", "none";
    AndMore: "另有 {n} 件未列出", "{n} more not listed";
    AlarmsAll: "全部报警", "all of these alarms";
    ShelvedUntil: "搁置至 {at}，{who}：{why}", "shelved until {at} by {who}: {why}";
    RaisedAt: "{at} 起", "since {at}";
    FeedQuiet: "陈旧", "stale";
    FeedGone: "中断", "gone";
    FeedAhead: "时钟偏快", "clock ahead";
    FeedBehind: "时钟偏慢", "clock behind";
    FeedSince: "最后 {at}", "last heard {at}";
    ForExtension: "延期申请", "extension";
    ForSuspension: "挂账申请", "suspension";
    ForDispute: "争议", "dispute";
    ForAppeal: "申诉", "appeal";
    ForInstruction: "批示待答复", "instruction to answer";
    ForVerification: "待核查", "check";
    PrintedBy: "{who} · {at} 打印", "{who}, printed {at}";
    NoDuty: "值班与交接班供值班室、领导、部门、管理员和审计查看。", "Duty and hand-over are for the duty room, leaders, departments, administrators and auditors.";
}

/// The word in the language of the moment, for a view.
pub fn say(
    settings: Settings,
    word: Word,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || word.text(settings.language.get())
}
