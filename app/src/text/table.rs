//! The table of messages: name, Chinese, English. Errors say what happened, what was kept, and what to do next.

/// A table of words: the name of its type, then the lines.
macro_rules! messages {
    ($table:ident: $($name:ident: $zh:literal, $en:literal;)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum $table { $($name,)* }

        impl $crate::text::Words for $table {
            const ALL: &'static [Self] = &[$(Self::$name,)*];

            fn both(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }
        }

        impl $table {
            /// In a language.
            pub fn text(self, language: domain::language::Language) -> &'static str {
                $crate::text::in_language(language, $crate::text::Words::both(self))
            }

            /// With its `{placeholders}` filled in.
            pub fn filled(self, language: domain::language::Language, values: &[(&str, &str)]) -> String {
                $crate::text::filled_in(self.text(language), values)
            }
        }
    };
}

pub(crate) use messages;

messages! { Message:
    ProductLine: "城市运行中心", "City operations centre";
    SkipToQueue: "跳到事件列表", "Skip to the incidents";
    Demo: "演示数据", "Demo data";
    SampleData: "示例数据", "Sample data";
    SampleNote: "示例数据", "Sample data: departments, duties, limits and rules are examples, not the city's own";
    NotFoundTitle: "没有这个页面", "There is no such page";
    NotFoundBody: "地址可能写错了，或页面已经移走。", "The address may be wrong, or the page has moved.";
    ToTheDesk: "回到值班台", "Back to the desk";

    Name: "账号", "Account";
    Password: "密码", "Password";
    SignIn: "登录", "Sign in";
    SignOut: "退出", "Sign out";
    LoginWrong: "账号或密码不对。请再试一次。", "Account or password is wrong. Please try again.";
    LoginThrottled: "尝试过多，请过几分钟再试。", "Too many attempts. Please wait a few minutes.";
    LoginExpired: "页面已过期，未提交。请重新登录。", "The page was too old; nothing was sent. Please sign in again.";
    DemoAccounts: "演示账号（点选即填）", "Demo accounts (pick one to fill in)";

    Desk: "值班台", "Desk";
    Search: "搜索", "Search";
    SearchHint: "搜索编号、标题、内容", "Search number, title, text";
    SearchClear: "清除搜索", "Clear search";
    SearchNothing: "没有找到“{q}”。换个词，或按编号查。", "Nothing found for \"{q}\". Try another word or a number.";
    SearchFailed: "搜索没有完成：{why}", "The search did not finish: {why}";
    SearchFound: "找到 {n} 条", "{n} found";
    Searching: "正在搜索…", "Searching…";
    LinkLive: "已连接", "Connected";
    LinkSilent: "线路无声，正在查", "Silent line, checking";
    LinkFirst: "正在连接…", "Connecting…";
    Reconnecting: "正在重连（第 {n} 次）", "Reconnecting (try {n})";
    LinkOff: "未连接", "Not connected";
    LinkSignedOut: "登录已失效，请重新登录", "Signed out: please sign in again";
    LinkReload: "页面版本已旧，请刷新", "This page is outdated: please reload";
    LinkResync: "正在重新取得全图", "Taking the whole picture anew";
    LinkRefused: "当前视图未被接受，显示的仍是之前的", "This view was refused: the one before is shown";
    LinkRefusedFilter: "筛选条件未被接受，显示的仍是之前的", "The filter was refused: the view before is shown";
    LinkRefusedLayers: "图层选择未被接受，显示的仍是之前的", "The layers were refused: the view before is shown";
    LinkRefusedExtent: "地图范围未被接受，显示的仍是之前的", "The extent was refused: the view before is shown";
    DataAge: "数据 {age}", "Data {age}";
    AgeNow: "刚刚", "just now";
    AgeSeconds: "{n} 秒前", "{n} s ago";
    AgeMinutes: "{n} 分钟前", "{n} min ago";
    InMinutes: "{n} 分钟后", "in {n} min";
    LanguageSwitch: "English", "中文";
    LanguageSwitchLabel: "Switch to English", "切换到中文";
    ThemeNight: "夜间", "Night";
    ThemeDay: "日间", "Day";
    ThemeSystem: "随系统", "System";
    ThemeSwitch: "外观", "Theme";
    KeysHelp: "快捷键", "Keys";
    KeysMove: "上下移动选择", "Move the selection";
    KeysOpen: "打开所选事件", "Open the selected incident";
    KeysClose: "关闭、退回", "Close, go back";
    KeysTabs: "切换列表", "Switch lists";
    KeysNew: "新建事件", "New incident";
    KeysCommands: "对所开事件的操作", "Commands to the open incident";
    KeysViews: "已存视图", "Saved views";
    KeysTools: "地图工具", "Map tools";
    KeysBatch: "多选", "Choose several";
    KeysTakeBack: "撤销刚才的操作（10 秒内）", "Take back what was just done (10 s)";
    KeysSuggestion: "疑似重复：并入 / 不再提示", "Perhaps the same: merge / put aside";
    Close: "关闭", "Close";

    Palette: "命令面板", "Command palette";
    PaletteHint: "编号、标题、地点、车辆、操作、页面…", "Number, title, place, unit, command, page…";
    PaletteNothing: "没有相符的。换个词试试。", "Nothing fits. Try other words.";
    IncidentKind: "事件", "Incident";
    PlaceKind: "地点", "Place";
    UnitKind: "车辆人员", "Unit";
    SettingsKind: "设置", "Setting";
    ThemePages: "专题", "Theme";
    ThemeOverview: "城市总览", "City overview";
    ThemeEcology: "生态环境", "Ecology";
    ThemeEconomy: "经济运行", "Economy";
    ThemeEmergency: "应急指挥", "Emergency";
    ThemeFire: "消防救援", "Fire and rescue";
    ThemeResources: "自然资源", "Natural resources";
    ThemeServices: "政务民生", "Services";
    ThemeHealth: "公共卫生", "Public health";
    SavedView: "视图", "View";
    SaveView: "存为视图", "Save as view";
    NameOfView: "视图名称", "Name of the view";
    ForgetView: "删除视图 {name}", "Forget the view {name}";
    ViewsAreHere: "存当前列表与搜索词；视图只存在这台电脑的浏览器里。", "Keeps the list and its search words, in this browser only.";

    BatchOf: "已选 {n} 件", "{n} chosen";
    BatchFull: "一次至多 {n} 件，多出的没有选上", "At most {n} at once; the others are not chosen";
    BatchCommand: "同一操作", "One command to all";
    BatchDone: "已执行", "Done";
    BatchNotAllowed: "此状态下不可，未发送", "Not allowed now; not sent";
    BatchLeaveOut: "移出", "Leave out";

    Suggestions: "可能是同一件事", "Perhaps the same";
    MergeHere: "并入本件", "Merge into this";
    MergedHere: "已将 {number} 并入本件", "{number} is merged into this one";
    PutAside: "本机不再提示", "Hide on this machine";
    TakeBack: "撤销", "Undo";
    TakenBack: "已撤销：{what}", "Taken back: {what}";
    CannotBeTakenBack: "此操作执行后不能撤销。", "This cannot be taken back.";
    MovingOnStays: "流转操作不能撤销。", "What moves the work on cannot be taken back.";

    SoundOn: "声音开", "Sound on";
    SoundMuted: "已静音", "Muted";
    SoundBlocked: "点此允许声音", "Click to allow sound";
    Notices: "通知", "Notices";
    NoticesCut: "断", "cut";
    SoundSwitch: "静音 / 开声音", "Mute / sound";
    SoundIsNotAcknowledging: "Ⅰ、Ⅱ级新事件与未确认报警的提示音。静音只停声音，不算签收。", "The tone for new incidents and unacknowledged alarms of levels Ⅰ and Ⅱ. Muting is not acknowledging.";

    Queue: "事件列表", "Incidents";
    TabNew: "新到", "New";
    TabMine: "我的", "Mine";
    TabLate: "超时", "Late";
    TabAll: "全部", "All";
    TabTray: "待派", "Tray";
    TabDecide: "待批", "Decide";
    CountsSaid: "新到 {new} 件，超时 {late} 件，待派 {tray} 件", "{new} new, {late} late, {tray} in the tray";
    HeldBack: "{n} 条新到，点此显示", "{n} new: show";
    EmptyNew: "没有新到的事件。来件立案前会出现在这里。", "Nothing new. What comes in appears here until it is taken.";
    EmptyMine: "没有您经手的事件。认领或派到您部门的会出现在这里。", "Nothing is yours. What you claim, or what is sent to your department, appears here.";
    EmptyLate: "没有超时的事件。", "Nothing is late.";
    EmptyAll: "还没有事件。接入数据源，或按 N 新建一件。", "No incidents yet. Connect a feed, or press N to write one down.";
    EmptyDecide: "没有待您决定的事。延期、挂账、争议等会出现在这里。", "Nothing waits for your decision. Extensions, suspensions and disputes appear here.";
    EmptyTray: "待派为空。系统无法判定归属的会出现在这里。", "The tray is empty. What the machine cannot place appears here.";
    FirstRowsOnly: "此处列出前 {n} 件，共 {all} 件。", "The first {n} of {all} incidents.";
    MinutesLeft: "剩 {n} 分", "{n} min left";
    DueAt: "限 {at}", "by {at}";
    LateMinutes: "超时 {n} 分", "{n} min late";
    LateHours: "超时 {n} 时", "{n} h late";
    LateDays: "超时 {n} 天", "{n} d late";
    DueUnknown: "期限未知", "No deadline known";
    Suspended: "挂账", "Suspended";
    Drill: "演练", "Drill";
    InTray: "待派", "Tray";
    PlaceUnknown: "位置不详", "Place unknown";
    NoCategory: "待定类别", "Kind to be decided";
    SeverityOf: "等级 {level}", "Severity {level}";
    Late: "超时", "Late";
    NewIncident: "新建事件", "New incident";

    Details: "详情", "Details";
    DetailNone: "未选事件", "No incident selected";
    DetailNoneHint: "从列表或地图上选一件，这里显示它的期限、操作、线索与经过。", "Pick one in the list or on the map: its deadline, commands, evidence and timeline appear here.";
    DetailLoading: "正在取得详情…", "Loading the details…";
    DetailFailed: "详情没有取到：{why}。请重试。", "The details did not come: {why}. Please try again.";
    PartOnItsWay: "正在取来…", "Fetching this…";
    PartFailed: "这一部分没有取到，其他照常可用。", "This part did not arrive; the rest works on.";
    Retry: "重试", "Try again";
    Category: "类别", "Category";
    Severity: "等级", "Severity";
    Place: "位置", "Place";
    Lead: "主责", "Lead";
    Supporting: "协办", "Supporting";
    NoLead: "未定", "Not decided";
    Opened: "发现", "Opened";
    Updated: "更新", "Updated";
    Confidence: "可信度", "Confidence";
    Hops: "派遣次数", "Dispatches";
    ClaimedBy: "经手人", "Claimed by";
    MergedInto: "已并入", "Merged into";
    Deadline: "期限", "Deadline";
    NoDeadline: "当前环节没有时限", "No limit runs in this stage";
    Commands: "操作", "Commands";
    MoreCommands: "更多操作", "More commands";
    NoCommands: "在此状态下，您的角色没有可用的操作。", "Your role has no command in this state.";
    Evidence: "线索", "Evidence";
    EvidenceDesk: "坐席登记", "Written down";
    EvidenceDistance: "相距 {m} 米", "{m} m apart";
    EvidenceSilent: "测点末次来数 {age}", "last heard {age}";
    SuspectOutOfRange: "读数存疑：超出仪器量程", "Doubtful: outside what the instrument can measure";
    SuspectTooFast: "读数存疑：变化过快", "Doubtful: it changed too fast";
    SuspectUnlikeNeighbours: "读数存疑：与周边测点不符", "Doubtful: unlike the sensors around it";
    EvidenceScore: "相似 {p}%", "score {p} %";
    Timeline: "经过", "Timeline";
    Why: "依据", "Why";
    WhyCategory: "类别", "Category";
    WhyJurisdiction: "归属", "Jurisdiction";
    WhyResponsibility: "权责", "Responsibility";
    WhyDeadline: "期限", "Deadline";
    BackToList: "返回列表", "Back to the list";
    ShowOnMap: "在地图上看", "Show on the map";

    Send: "提交", "Send";
    Sending: "正在提交…", "Sending…";
    Cancel: "取消", "Cancel";
    ArgReason: "理由", "Reason";
    ArgText: "内容", "Text";
    ArgTitle: "标题", "Title";
    ArgCategory: "类别", "Category";
    ArgSeverity: "等级", "Severity";
    ArgPosition: "位置（经度, 纬度）", "Position (longitude, latitude)";
    ArgLead: "主责部门", "Lead department";
    ArgLeadByTable: "按权责清单", "By the table";
    ArgSupporting: "协办部门", "Supporting departments";
    ArgDepartment: "部门", "Department";
    ArgStandard: "结案标准", "Closing standard";
    ArgInto: "并入事件（编号）", "Merge into (number)";
    ArgIncident: "关联事件（编号）", "Linked incident (number)";
    ArgEvidence: "拆出的线索", "Evidence to split out";
    ArgConfirmed: "情况属实？", "Confirmed?";
    ArgPassed: "核查通过？", "Passed?";
    ArgApproved: "同意？", "Approved?";
    ArgSatisfied: "满意？", "Satisfied?";
    ArgDone: "已完成？", "Done?";
    ArgItem: "清单条目", "Item of the list";
    ArgUntil: "挂账至", "Suspended until";
    ArgAnswerBy: "请于此日前答复", "Answer by";
    ArgInstruction: "第几条批示", "Number of the instruction";
    ArgMinutes: "预计几分钟到", "Minutes to get there";
    ArgUnit: "出动单位编号", "Unit that drives";
    ArgMentions: "请部门阅", "For departments to read";
    ArgAttachments: "附件", "Attachments";
    Yes: "是", "Yes";
    No: "否", "No";
    Choose: "请选择", "Choose";
    Optional: "可不填", "optional";
    Needed: "请填写：{what}", "Please fill in: {what}";
    NotAPosition: "请写经度和纬度，如 113.75, 23.02", "Write longitude and latitude, such as 113.75, 23.02";
    NotAnIncident: "没有编号为“{number}”的事件", "There is no incident with the number \"{number}\"";
    PickOnMap: "在地图上点选", "Pick on the map";
    PickingOnMap: "请在地图上点一下（Esc 取消）", "Click on the map (Esc cancels)";
    CommandRefused: "没有执行：{why}。您填写的内容已保留。", "Not carried out: {why}. What you typed is kept.";
    CommandMoved: "事件刚被他人改动：{why}。已更新到最新，您填写的内容已保留，请看过再提交。", "Somebody just changed the incident: {why}. It is up to date now and what you typed is kept; look again, then send.";
    CommandUnsent: "没有送到：{why}。您填写的内容已保留，连上后可再提交。", "Not sent: {why}. What you typed is kept; send again once connected.";
    CommandDone: "已执行：{what}", "Done: {what}";

    IntakeText: "发生了什么", "What is the matter";
    IntakeTextHint: "例如：虎门镇沿江路积水，两车熄火", "Such as: Yanjiang Road in Humen is flooded, two cars have stopped";
    IntakePlace: "地点名称", "Name of the place";
    IntakePlaceHint: "镇街、村社区、地名；↓ 选择", "Town, village, landmark; ↓ to choose";
    IntakePlaceNone: "没有这个地名。可在地图上点选。", "No such place. Pick it on the map.";
    Preview: "登记后", "Once filed";
    PreviewWaits: "写下发生了什么，这里显示归谁、何时到期。", "Write what is the matter: who gets it and by when appears here.";
    PreviewFailed: "无法预览：{why}。仍可登记。", "No preview: {why}. It can be filed all the same.";
    PreviewNobody: "由值班员决定", "The duty officer decides";
    PreviewAlike: "附近可能已有同一件事", "Perhaps already known nearby";
    IntakeReporter: "报告人", "Reported by";
    IntakePhone: "电话", "Phone";
    IntakeOpened: "已登记：{number}", "Written down: {number}";
    IntakeOpenedFirst: "第一次发送可能已登记为 {number}：请核对内容，后来的修改可能未写入。", "The first try may have been written down as {number}: check what it says, later changes may be missing.";

    Map: "地图", "Map";
    MapPicture: "地图画面", "Map picture";
    MapLoading: "正在取得地图…", "Loading the map…";
    MapFailed: "地图没有取到：{why}。列表照常可用。", "The map did not load: {why}. The list works as usual.";
    GroundUnreached: "底图暂时取不到，只有城市包的图", "Basemap cannot be fetched: city pack only";
    MapNoWebgl: "此浏览器没有 WebGL2：改用简图，不画车辆和传感器。列表照常可用。", "This browser has no WebGL2: a plain map shows instead, without units and sensors. Lists work as usual.";
    MapZoomIn: "放大", "Zoom in";
    MapZoomOut: "缩小", "Zoom out";
    MapWhole: "看全市", "Whole city";

    DensityTitle: "时间轴：新发生事件，点按可回放", "Time bar: incidents opened; press to see a past moment";
    DensitySaid: "{span} {n} 件，{alarms}", "{span}: {n} incidents, {alarms}";
    AlarmsCounted: "报警 {n} 次", "{n} alarms";
    AlarmsAtLeast: "报警至少 {n} 次", "at least {n} alarms";
    AlarmsUnknown: "报警未知", "alarms unknown";
    SpanHours: "近 {n} 小时", "{n} h";
    SpanDays: "近 {n} 天", "{n} days";
    SpanShorter: "缩短时间轴", "Shorter span";
    SpanLonger: "拉长时间轴", "Longer span";
    PastTitle: "回放", "Replay";
    PastNotLive: "回放中，非实时", "Replay, not live";
    PastSaid: "回放 · {time}", "Replay · {time}";
    PastLook: "这是过去的画面，只能看", "The past: to be looked at only";
    PastReadOnly: "正在看过去，没有发送任何命令。先回到实时再操作", "You are looking at the past: nothing was sent. Go back to live first";
    PastNotYet: "那一刻还没有这件事", "At that moment this had not happened yet";
    PastFailed: "没有打开：{why}", "Not opened: {why}";
    PastOpening: "正在打开…", "Opening…";
    PastBack: "后退一分钟", "A minute back";
    PastForth: "前进一分钟", "A minute on";
    PastPlay: "播放", "Play";
    PastPause: "暂停", "Pause";
    PastSpeed: "速度", "Speed";
    PastReturn: "回到实时", "Back to live";
    PastAnnounced: "此刻新发生Ⅰ级事件：{title}", "Happening now, level Ⅰ: {title}";
    PastHorizon: "{time} 之前没有记录", "Nothing is recorded before {time}";
    PastSeats: "各席所见", "What seats saw";
    PastNoSeat: "那一刻没有席位报告所见", "No seat told what it showed then";
    PastSeat: "{name} 所见（{time}），只显示其当时与你都有权看的", "As seen by {name} ({time}): what both of you may see";
    PastGap: "这段时间没有记录，显示的是 {time} 的样子", "Nothing is recorded of this time: as it stood at {time}";
    PastOwn: "回到自己所见", "Back to what you may see";
    KeysPast: "回放：后退、前进一分钟；⇧ 十分钟；P 播放", "Replay: a minute back, on; ⇧ ten minutes; P plays";
    WidthOfQueue: "列表宽度", "Width of the list";
    WidthOfDetail: "详情宽度", "Width of the details";
    NarrowMe: "我", "Me";
    MyOrders: "工单（手机）", "Orders (phone)";
    CommandPage: "指挥（手机）", "Command (phone)";

    ProblemNetwork: "连不上服务器", "the server cannot be reached";
    ProblemUnreadable: "服务器的回答读不懂（{status}）", "the server's answer could not be read ({status})";

    Wall: "大屏", "Wall";
    WallSituation: "总体态势", "Situation";
    WallMatters: "当前要紧", "What matters now";
    WallOpen: "未结事件", "Open";
    WallLate: "超时", "Late";
    WallNew: "十分钟新到", "New in 10 min";
    WallFlood: "来件成潮", "Flood";
    WallFeedsIll: "数据源失联", "Feeds silent";
    WallFeedSilent: "{source} 已静默 {n} 分", "{source} silent {n} min";
    WallCalm: "没有未结事件。新到的会出现在这里。", "Nothing is open. What comes in appears here.";
    WallPinned: "上墙事件", "Shown by the desk";
    WallPlace: "指定地点", "A place";
    WallPinnedBy: "{by} 于 {at} 上墙", "Shown by {by} at {at}";
    WallInterrupted: "连接中断，正在重连", "Interrupted, reconnecting";
    WallStoppedAt: "数据停在 {at}", "data stopped at {at}";
    WallTakingAnew: "正在重新取得全图", "Taking the picture anew";
    WallShutOut: "登录已失效，请在此屏重新登录", "Signed out: sign this screen in again";
    WallOutdated: "系统已升级，正在换新页面", "Upgraded: taking the new page";
    WallTooSmall: "此屏放不下按距离所需的字号", "Too small a screen for letters of the size the seats need";
    WallShow: "上墙", "Show on wall";
    WallTakeDown: "撤下大屏", "Take off the wall";
    WallShowPlace: "把地图中心上墙，再按撤下", "Show the map's middle on the wall; again takes it down";
    WallShown: "已上墙，所有大屏两秒内跟上。", "On the walls; all of them follow within two seconds.";
    WallTakenDown: "已撤下，大屏回到全市。", "Taken down; walls show the city again.";
    WallNotShown: "没有上墙：{why}。大屏照旧。", "Not shown: {why}. Walls stay as they were.";
    LoginWallToken: "大屏令牌无效或账号已停用。请重新生成令牌。", "The wall's token is not valid, or its account is disabled. Make a new one.";
    Themes: "专题", "Themes";
    Evaluation: "考核", "Evaluation";
    ThingsSensors: "传感器", "Sensors";
    ThingsAlarms: "报警", "Alarms";
    ThingsListed: "列出 {n} / 共 {all}", "{n} of {all}";
    ThingsInAlarm: "报警中", "In alarm";
    ThingsSuspect: "存疑", "Doubtful";
    Again: "刷新列表", "Reload the list";
    ThemeLoading: "正在取得指标…", "Loading the figures…";
    ThemeNoDoor: "暂无此专题的数据。", "This server has no data for this theme.";
    ThemeFailed: "指标没有取到：{why}。会自动再试。", "The figures did not come: {why}. They are asked for again.";
    ThemeAsOf: "截至 {at}", "as of {at}";
    FigureMissing: "暂无数据", "No data yet";
    FigureChange: "较昨日 {change}", "{change} vs yesterday";
    AgeHours: "{n} 小时前", "{n} h ago";
    AgeDays: "{n} 天前", "{n} d ago";
    ReadingsTitle: "读数", "Readings";
    ReadingsLoading: "正在取得读数…", "Loading the readings…";
    ReadingsNone: "这段时间没有读数。", "No readings in this time.";
    ReadingsNoDoor: "没有这个传感器，或暂无读数接口。", "There is no such sensor, or this server keeps no readings.";
    ReadingsFailed: "读数没有取到：{why}。会自动再试。", "The readings did not come: {why}. They are asked for again.";
    ReadingsSaid: "最新 {latest} {unit}（{at}），最低 {low}，最高 {high}", "Latest {latest} {unit} ({at}), lowest {low}, highest {high}";
}
