//! What the list of alarms says. A table of its own, so that it comes with the list and not with the page.

use crate::text::messages;

messages! { Word:
    Alarms: "报警", "Alarms";
    Flood: "报警泛滥：归并显示，新报警只改数字", "Flood of alarms: shown by groups, what arrives only moves counts";
    Many: "报警较多，归并显示", "Many alarms, shown by groups";
    Unnoted: "{n} 条待确认", "{n} to acknowledge";
    None: "没有待处理的报警。传感器越限、信号源告警后会出现在这里。", "No alarms. Those that sensors and sources raise will appear here.";
    Acknowledge: "确认", "Acknowledge";
    AcknowledgeAll: "确认 {n} 条", "Acknowledge {n}";
    Silence: "静音", "Silence";
    SilenceAll: "全部静音", "Silence all";
    Reset: "复位", "Reset";
    Shelve: "搁置", "Shelve";
    ShelveOne: "搁置反复者", "Shelve the one that keeps coming";
    ShelveReason: "搁置的理由", "Why it is shelved";
    ShelveFor: "搁置多久", "For how long";
    Hours: "{n} 小时", "{n} h";
    ShowOnMap: "地图", "Map";
    Open: "事件", "Incident";
    Close: "关闭", "Close";
    Muted: "另有 {n} 条被其抑制", "{n} more muted by it";
    Returned: "反复 {n} 次", "{n} times again";
    Chattering: "抖动", "chattering";
    Stale: "陈旧", "stale";
    Cleared: "已恢复，待确认", "over, to acknowledge";
    Latched: "已恢复，待复位", "over, to reset";
    Noted: "{who} 已确认", "acknowledged by {who}";
    KeptBack: "搁置 {shelved} · 设计抑制 {suppressed} · 停用 {out}", "shelved {shelved} · muted by design {suppressed} · out of service {out}";
    ToPage: "报警负荷", "Load of alarms";
    Done: "{n} 条已执行", "{n} done";
    SomeRefused: "{n} 条已执行，{m} 条未执行：{why}", "{n} done, {m} not: {why}";
    NoKind: "未分类", "without a kind";
    Class: "{class} 类", "class {class}";
    AllOfLevel: "{level} 级", "level {level}";
    Cancel: "取消", "Cancel";
}
