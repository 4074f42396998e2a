//! What the pages for phones say by themselves. A table of its own, so that it comes with them and not with the desk.

use crate::settings::Settings;
use crate::text::messages;

messages! { Word:
    Orders: "工单", "Orders";
    OrdersOf: "{department} · 工单", "{department} · orders";
    TabTodo: "待办", "To do";
    TabSupporting: "协办", "Support";
    TabReturned: "退回", "Returned";
    TabDone: "办结", "Done";
    EmptyTodo: "没有待办。派到本部门的工单会出现在这里。", "Nothing to do. Orders sent to your department appear here.";
    EmptySupporting: "没有协办。请本部门协助的工单会出现在这里。", "No support asked. Orders that need your help appear here.";
    EmptyReturned: "没有退回的工单。退回后在此可查下落。", "Nothing returned. What you give back can be followed here.";
    EmptyDone: "还没有办结的工单。", "Nothing done yet.";
    MoreOrders: "工单过多，只列出期限最近的。", "Too many orders: the ones due first are listed.";
    HeldBack: "{n} 条新工单，点此显示", "{n} new: show";
    WhyMe: "归我：", "Why me: ";
    PartSupport: "协办", "Support";
    PartFormer: "已退回", "Given back";
    LeftMinutes: "剩 {n} 分", "{n} min left";
    LeftHours: "剩 {n} 时", "{n} h left";
    LeftDays: "剩 {n} 天", "{n} d left";
    LateMinutes: "超时 {n} 分", "{n} min late";
    LateHours: "超时 {n} 时", "{n} h late";
    LateDays: "超时 {n} 天", "{n} d late";
    By: "限 {at}", "by {at}";
    Navigate: "导航", "Navigate";
    WayPhone: "手机地图", "Phone's maps";
    WayAmap: "高德", "Amap";
    WayBaidu: "百度", "Baidu";
    WayTencent: "腾讯", "Tencent";
    WaysNote: "高德、百度、腾讯按 GCJ-02 定位，点按才会打开。", "Amap, Baidu and Tencent get GCJ-02; nothing is opened until you press.";
    NoPlace: "没有位置", "No place";
    More: "更多", "More";
    Open: "详情", "Details";
    Reason: "理由", "Reason";
    Send: "提交", "Send";
    Cancel: "取消", "Cancel";
    OnceSent: "联网后发送", "Sent once online";
    Photos: "照片", "Photos";
    TakePhoto: "拍照或选图", "Take or choose photos";
    PhotosChosen: "已选 {n} 张", "{n} chosen";
    RemovePhoto: "去掉 {name}", "Remove {name}";
    HereButton: "用当前位置", "Where I am";
    HereFinding: "正在定位…", "Finding…";
    HereFound: "已定位，误差约 {m} 米", "Found, to about {m} m";
    HereDenied: "定位未获允许，可不填", "Location is not allowed; it may be left out";
    HereUnknown: "没有定到位置，可不填", "No position found; it may be left out";
    PhraseArrived: "已到现场，正在处置。", "On site, at work.";
    PhraseResolved: "已处置完毕，现场恢复正常。", "Done; the site is back to normal.";
    PhraseNotOurs: "不属本部门职责，请另派。", "Not our duty; please send it elsewhere.";
    PhraseWrongPlace: "位置有误，现场未发现问题。", "Wrong place: nothing found on site.";
    PhraseNeedsTime: "需调配设备，暂不能按期完成。", "Equipment has to be brought; more time is needed.";
    PhraseWeather: "受天气影响，暂不能施工。", "The weather does not allow work now.";
    PhraseUrge: "请立即到场处置，30 分钟内反馈。", "Go there now and report within 30 minutes.";
    PhraseInstruct: "请主责部门负责人到场指挥，每小时报告进展。", "The head of the lead department takes charge on site and reports every hour.";
    PhraseProtect: "先保人员安全，做好现场警戒。", "People first: secure the site.";
    PhraseAgreed: "情况属实，同意。", "As stated; agreed.";
    PhraseNotAgreed: "理由不充分，请按期完成。", "Not enough reason; keep the deadline.";
    PhraseByTable: "按权责清单由该部门办理。", "By the table of duties it is theirs.";

    Outbox: "待发", "Outbox";
    OutboxEmpty: "没有待发的命令。没有网络时给出的命令会留在这里，联网后依次发送。", "Nothing waits. Commands given without a network stay here and are sent in order.";
    OutboxNotKept: "此浏览器不保存待发命令：关掉页面就会丢失。", "This browser keeps no commands: closing the page loses them.";
    StandWaiting: "待发送", "Waiting";
    StandSending: "正在发送", "Sending";
    StandSent: "已送达", "Sent";
    StandRefused: "未被接受", "Refused";
    StandHeld: "等前一条处理", "Held by the one before";
    Photographs: "附 {n} 张照片", "{n} photos";
    Again: "看过，再发送", "Seen; send again";
    DropIt: "不发了", "Drop it";
    RefusedKept: "您填写的内容还在。看过最新情况后可再发送，或不发了。", "What you wrote is kept. Having seen how it stands, send it again or drop it.";
    NowStands: "现在：{state}（第 {revision} 版）", "Now: {state} (revision {revision})";
    QueueFull: "待发已满 {n} 条，这一条没有收下。请先联网发送。", "{n} commands wait already; this one was not taken. Go online first.";
    OfflineWaiting: "离线：{n} 条待发送", "Offline: {n} waiting to be sent";
    OfflineOld: "离线：显示的是 {age}的数据", "Offline: data of {age}";
    SendingNow: "正在发送 {n} 条", "Sending {n}";
    RefusedSome: "{n} 条未被接受，请处理", "{n} refused: please look";
    SignedOutKept: "登录已失效。{n} 条命令仍保留，登录后发送", "Signed out. {n} commands are kept and sent once you sign in";
    Newer: "有新版本", "A newer version is here";
    TakeNewer: "刷新", "Reload";
    SignIn: "登录", "Sign in";
    Live: "实时", "Live";

    Map: "地图", "Map";
    MapOnItsWay: "正在取得地图…", "Fetching the map…";
    MapFailed: "地图没有取到，列表照常可用。", "The map did not come; the list works on.";
    Me: "我", "Me";
    Desk: "值班台（宽屏）", "The desk (wide screens)";
    Install: "安装到主屏", "Put on the home screen";
    InstallHint: "浏览器菜单里“添加到主屏幕”可安装；断网也能打开。", "\"Add to home screen\" in the browser's menu installs it; it opens without a network too.";
    Back: "返回", "Back";
    Log: "经过与留言", "Log";
    Say: "留言", "Say something";
    SayHint: "给协同各方的话", "To all who work on this";
    NoDetails: "详情没有取到：{why}", "The details did not come: {why}";
    Kept: "显示的是此前存下的详情。", "These details were kept earlier.";
    Whole: "线索", "What was reported";
    Plan: "检查清单", "Check list";

    City: "全市", "City";
    Command: "指挥", "Command";
    Deciding: "待批", "Decide";
    DecidingNone: "没有等您决定的事项。争议、延期、挂账和申诉会出现在这里。", "Nothing waits for you. Disputes, extensions, suspensions and appeals appear here.";
    DecidingMore: "还有更多，先处理这些。", "There are more; these first.";
    Serious: "要紧", "Serious";
    SeriousCount: "Ⅰ、Ⅱ级未结 {n} 件", "{n} open of levels Ⅰ and Ⅱ";
    SeriousNone: "没有未结的Ⅰ、Ⅱ级事件。", "Nothing of levels Ⅰ and Ⅱ is open.";
    Late: "谁超时", "Who is late";
    LateCount: "超时 {n} 件", "{n} late";
    LateNone: "没有超时。", "Nothing is late.";
    ByDepartment: "按部门", "By department";
    ByTown: "按镇街", "By town";
    LateSince: "最久 {time}", "longest {time}";
    Figures: "数字", "Figures";
    FigureOpen: "未结", "Open";
    FigureLate: "超时", "Late";
    FigureOpened: "今日新发", "Opened today";
    FigureClosed: "今日结案", "Closed today";
    FigureInTime: "按期处置", "In time";
    FigureMedian: "报到派遣中位", "Report to dispatch";
    UnitCases: "件", "";
    UnitShare: "%", "%";
    UnitMinutes: "分", "min";
    VsDay: "比昨日 {change}", "{change} on yesterday";
    VsWeek: "比上周 {change}", "{change} on last week";
    VsUnknown: "无从比较", "Nothing to compare";
    NoFigure: "暂无", "None yet";
    DataOf: "数据 {age}", "Data {age}";
    OutOfDate: "没有取到新数据，显示的是 {age}的", "No new data; this is of {age}";
    AskedBy: "{by} · {at}", "{by} · {at}";
    Agree: "同意", "Agree";
    Refuse: "不同意", "Refuse";
    LeadNow: "交由部门", "To department";
    ListOnItsWay: "正在取得…", "Fetching…";
    ListFailed: "列表没有取到：{why}", "The list did not come: {why}";
    Hide: "收起", "Hide";
    ListChanged: "列表有变化，点此显示", "The list has changed: show";
    SkipToList: "跳到列表", "Skip to the list";
}

impl Settings {
    /// A word in the language of the moment, for a view.
    pub fn word(self, word: Word) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        use leptos::prelude::Get;
        move || word.text(self.language.get())
    }
}
