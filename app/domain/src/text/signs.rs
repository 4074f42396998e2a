//! Signs by which a sentence says how it means what stands beside them: grammar of the language (Mandarin, and Cantonese by
//! its characters), not knowledge of a city.

/// "It is not": what follows in the clause is not the matter.
pub const DENIES: &[&str] = &[
    "不是",
    "并非",
    "不属于",
    "别当成",
    "别再当成",
    "不要当成",
    "不像",
    "没看到",
    "没看见",
    "没发现",
    "未见",
];
/// The same signs, where they deny nothing.
pub const DENIES_NOTHING: &[&str] = &["是不是", "要不是", "不是很", "不是没", "不是吗"];
/// "But rather": what follows is the matter after all.
pub const RATHER: &[&str] = &["而是", "就是", "只是", "是"];
/// The clause says that something is no trouble.
pub const NO_TROUBLE: &[&str] = &[
    "没事",
    "没问题",
    "没有问题",
    "没关系",
    "没有关系",
    "无关",
    "倒没",
    "倒是没",
    "好好的",
    "没坏",
    "没有坏",
    "是好的",
    "不用管",
    "不用来",
    "不用派",
    "不用处理",
    "不是问题",
    "完好",
    "未堵",
    "无异常",
    "一切正常",
    "没断",
    "没裂",
    "没有裂",
    "不投诉",
    "没超",
    "未超",
];
/// It was the matter, and has been seen to.
pub const OVER: &[&str] = &[
    "修好",
    "处理好",
    "解决了",
    "补好",
    "接好",
    "换好",
    "弄好",
    "收走了",
    "清走了",
    "拖走了",
    "移走了",
    "早走",
    "不漏了",
    "退了",
    "处理完",
    "清理完",
    "已处理",
    "已清",
];
/// Before one of these it is asked for, not over.
pub const NOT_YET: &[&str] = &[
    "没",
    "未",
    "不",
    "请",
    "求",
    "希望",
    "麻烦",
    "什么时候",
    "能",
    "尽快",
    "赶紧",
    "快",
    "先",
    "要",
];
pub const EARLIER: &[&str] = &[
    "以前",
    "之前",
    "上次",
    "上回",
    "前阵子",
    "上个月",
    "去年",
    "前几天",
    "上午已经",
    "曾经",
];
/// The clause names what there is besides.
pub const ASIDE: &[&str] = &[
    "顺便",
    "先不说",
    "就不说",
    "不说了",
    "能忍",
    "可以忍",
    "忍得",
    "能接受",
    "倒是",
    "倒还",
    "有一点",
    "也有点",
    "也有些",
    "也有一些",
    "另外",
    "不急",
    "对了",
    "虽然",
    "虽说",
    "旁边也",
    "旁边还",
    "另说",
    "趁机",
];
/// The same, where a clause begins with it.
pub const ASIDE_FIRST: &[&str] = &["旁边", "附近", "隔壁", "边上", "底下"];
/// The clause says that this is what it is about.
pub const WEIGHTY: &[&str] = &[
    "主要",
    "最受不了",
    "要紧",
    "关键",
    "问题是",
    "现在",
    "这次",
    "而是",
    "其实",
    "实际上",
    "举报",
    "我是说",
];
/// From here to the end of the clause it is what may come of it, what it looks like, or what nearly happened.
pub const FEARED: &[&str] = &[
    "万一",
    "要是",
    "如果",
    "怕",
    "担心",
    "差点撞",
    "差点碰",
    "差点出",
    "以为",
    "像",
];
/// Right behind a thing: it only says where.
pub const WHERE: &[&str] = &[
    "旁",
    "边上",
    "隔壁",
    "对面",
    "附近",
    "门口",
    "前面",
    "后面",
    "外面",
    "上方",
    "斜对面",
];
/// Who says this asks or thanks, and reports nothing.
pub const ASKS: &[&str] = &[
    "咨询",
    "询问",
    "几点",
    "要带什么",
    "电话是多少",
    "怎么办理",
    "哪里办",
    "什么材料",
    "工单",
    "处理进度",
    "表扬",
    "点赞",
    "上班吗",
    "态度不好",
    "测试测试",
];
/// Who says this reports more than one matter.
pub const TWO_MATTERS: &[&str] = &["两件事", "两样", "两项", "两个问题", "两件", "一起说"];
/// Who says this cannot tell, where it is followed by a choice.
pub const CANNOT_TELL: &[&str] = &[
    "不知道是",
    "可能是",
    "分不清",
    "不晓得",
    "说不准",
    "说不清",
    "看不清是",
    "不清楚",
    "弄不清",
];
pub const OR: &[&str] = &["还是", "又像", "也可能"];
/// Said of what has just been named: it does not matter.
pub const NEVER_MIND: &[&str] = &[
    "这个不用管",
    "那个不急",
    "那个不用",
    "那个另外",
    "那个先不",
    "这个先不",
];
/// Between clauses.
pub const BREAKS: &[char] = &[
    ',', '。', '!', '?', ';', ':', '(', ')', '【', '】', '…', '\n', '—', '~',
];
/// How Cantonese writes what Mandarin writes otherwise, a character each.
pub const CANTONESE: &[(char, char)] = &[
    ('唔', '不'),
    ('冇', '没'),
    ('嘅', '的'),
    ('喺', '在'),
    ('咗', '了'),
    ('嚟', '来'),
    ('嘈', '吵'),
    ('睇', '看'),
    ('仲', '还'),
    ('係', '是'),
    ('佢', '他'),
    ('瞓', '睡'),
    ('冧', '倒'),
    ('啲', '些'),
    ('著', '亮'),
];
