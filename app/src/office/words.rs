//! What the pages beside the map say. A table of its own, so that it comes with them and not with the desk.

use crate::text::messages;

messages! { Word:
    Office: "办公页面", "Office pages";
    ToDesk: "值班台", "Desk";
    Evaluation: "考核评价", "Evaluation";
    AlarmLoad: "报警负荷", "Load of alarms";
    Today: "今天", "Today";
    Week: "本周", "This week";
    Month: "本月", "This month";
    Quarter: "本季", "This quarter";
    Custom: "自选", "Custom";
    From: "从", "From";
    To: "到（含）", "To (incl.)";
    Show: "查看", "Show";
    ByDepartment: "按部门", "By department";
    ByTown: "按镇街", "By town";
    ByCategory: "按类别", "By category";
    ByMonth: "按月", "By month";
    Only: "只看：{what}", "Only: {what}";
    WholeCity: "看全部", "Show all";
    Score: "得分", "Score";
    ScoreSaid: "百分制，按 {n}/{all} 权重可评", "out of 100; {n} of {all} weights had something to count";
    Rates: "指标", "Rates";
    Times: "各阶段用时（中位 / 九成以内，自然时间）", "Time to each stage (median / nine in ten, by the wall clock)";
    Before: "上期 {value}", "before: {value}";
    Exempted: "免责 {n}", "{n} exempted";
    Loading: "正在统计…", "Counting…";
    Failed: "没有统计出来：{why}。请刷新再试。", "Not counted: {why}. Reload to try again.";
    Nothing: "这段时间没有可评的案件。换个时段，或等案件派遣后再看。", "No cases to judge in this period. Choose another, or come back when cases have been dispatched.";
    NotForYou: "考核评价供领导、审计与管理员查看；部门看自己，采集员看本镇街。", "The evaluation is for leaders, auditors and administrators; a department sees its own, a collector his town.";
    NoIndicators: "城市包里没有 evaluation.toml，没有可评的指标。", "The city pack has no evaluation.toml, so there is nothing to judge by.";
    Formulas: "公式与出处", "Formulas and sources";
    FormulaOf: "其中", "of";
    CountsIn: "按何时归入时段", "Counts in the period of";
    Weight: "权重 {n}", "weight {n}";
    Cases: "{name} · {what}：{n} 件", "{name} · {what}: {n} cases";
    Numerator: "分子", "numerator";
    Denominator: "分母", "denominator";
    More: "显示更多", "Show more";
    Moves: "事权调整前后", "Before and after moves of powers";
    MoveDays: "前后各 {n} 天", "{n} days on each side";
    MoveNone: "半年内没有事权调整。", "No moves of powers in half a year.";
    Nobody: "无", "nobody";
    ExportCsv: "导出 CSV", "Export CSV";
    ExportXlsx: "导出 Excel", "Export Excel";
    AsOf: "截至 {at}，对比之前同样长的一段", "As of {at}, against the same length before";
    CloseList: "收起", "Close";
}
