//! What the page of the load of alarms says. A table of its own, so that it comes with the page.

use crate::text::messages;

messages! { Word:
    Title: "报警负荷", "Load of alarms";
    Span: "时段", "Time";
    Hour: "1 小时", "1 h";
    Shift: "8 小时", "8 h";
    Day: "24 小时", "24 h";
    Week: "7 天", "7 days";
    Asking: "正在统计…", "Counting…";
    Failed: "没有统计出来：{why}", "Could not be counted: {why}";
    KnownFrom: "{at} 以前没有记录", "Nothing is known of before {at}";
    Told: "报警", "Alarms told";
    Average: "每 10 分钟平均", "per 10 minutes, average";
    Peak: "10 分钟最多", "at most in 10 minutes";
    InFlood: "泛滥占时", "of the time in flood";
    FloodNow: "正在泛滥", "A flood now";
    NoFlood: "未泛滥", "No flood now";
    Median: "确认用时（中位）", "to acknowledge, median";
    P90: "确认用时（九成以内）", "to acknowledge, p90";
    Fleeting: "一闪即逝", "fleeting";
    GoalAverage: "不多于 1，最多 2", "about 1, 2 at most";
    GoalPeak: "不多于 10", "10 at most";
    Top: "报警最多的十个来源", "The ten that alarm most";
    TopSays: "合计 {n}%，目标低于 5%", "{n}% together, goal below 5%";
    Priorities: "等级比例", "Mix of priorities";
    PrioritiesSay: "目标：Ⅰ 5%，Ⅱ 15%，Ⅲ 与 Ⅳ 合计 80%", "Goal: Ⅰ 5%, Ⅱ 15%, Ⅲ and Ⅳ 80% together";
    Floods: "泛滥", "Floods";
    NoFloods: "这段时间没有泛滥。十分钟内多于十条为泛滥，少于五条为止。", "None in this time. More than ten in ten minutes are a flood, until there are fewer than five.";
    GoesOn: "仍在继续", "goes on";
    Standing: "现有", "Standing now";
    Stale: "陈旧（久立未消）", "Stale";
    Chattering: "抖动", "Chattering";
    Shelved: "搁置", "Shelved";
    Suppressed: "设计抑制", "Muted by design";
    OutOfService: "停用", "Out of service";
    None: "无", "None";
    Until: "至 {at}，{who}：{why}", "until {at}, {who}: {why}";
    Since: "自 {at}，{who}：{why}", "since {at}, {who}: {why}";
    MutedBy: "被 {what} 抑制", "muted by {what}";
    Towns: "按镇街", "By town";
    People: "按确认人", "By who acknowledged";
    Acknowledged: "确认", "Acknowledged";
    Nowhere: "不在任一镇街", "in no town";
}
