//! What people say that is hard to read: they deny one thing and mean another, name what is only nearby, or cannot tell
//! themselves. Written from what people say, never from the rules that will read it.

/// How a kind is called in passing.
pub struct InPassing {
    pub code: &'static str,
    /// As a noun: what it is not.
    pub noun: &'static str,
    /// As half a sentence: what there is besides.
    pub besides: &'static str,
}

const fn passing(code: &'static str, noun: &'static str, besides: &'static str) -> InPassing {
    InPassing {
        code,
        noun,
        besides,
    }
}

pub const IN_PASSING: &[InPassing] = &[
    passing("C0102", "井盖", "有个井盖有点响"),
    passing("C0106", "路灯", "路灯也有一盏不亮"),
    passing("C0202", "红绿灯", "红绿灯时间也短"),
    passing("C0205", "路面的坑", "路面也有点坑"),
    passing("C0209", "人行道地砖", "地砖也松了几块"),
    passing("C0301", "公厕", "公厕也不太干净"),
    passing("C0302", "垃圾桶", "垃圾桶也满了"),
    passing("E0101", "违建", "有户人家在加盖铁皮房"),
    passing("E0102", "垃圾", "有几袋垃圾没人收"),
    passing("E0108", "旧家具", "丢着一张旧沙发"),
    passing("E0109", "油烟", "油烟也有一点"),
    passing("E0111", "烧垃圾", "有人烧过树叶"),
    passing("E0112", "倒余泥", "有人倒过一堆余泥"),
    passing("E0201", "小广告", "墙上贴了些小广告"),
    passing("E0204", "招牌", "有块招牌有点斜"),
    passing("E0301", "工地施工噪音", "工地晚上也吵"),
    passing("E0302", "扬尘", "灰尘也大"),
    passing("E0304", "占道施工", "修路还围着一段"),
    passing("E0402", "水管", "有根水管在滴水"),
    passing("E0404", "下水道", "下水道也有点臭"),
    passing("E0405", "积水", "下雨会积一点水"),
    passing("E0406", "着火", "有人说看见烟"),
    passing("E0416", "交通事故", "有两台车轻轻刮了一下"),
    passing("E0417", "树倒", "有根树枝垂下来"),
    passing("E0418", "停电", "昨晚停过一阵电"),
    passing("E0501", "小贩摆摊", "有几个小贩摆摊"),
    passing("E0504", "店铺占道", "水果店也把货摆出来"),
    passing("E0505", "乱停车", "停了几台小车"),
    passing("E0506", "电动车乱放", "电动车也放得乱"),
    passing("E0510", "共享单车", "共享单车也倒了几辆"),
    passing("E0511", "广场舞", "跳舞的音响也大"),
    passing("E0512", "消防通道", "消防通道也停过车"),
    passing("E0604", "食品过期", "有家店的东西不太新鲜"),
    passing("E0606", "电动车充电", "有人拉线给电动车充电"),
];

/// `{s}` is what is really meant, `{n}` the noun that is denied or over.
pub const DENIED: &[&str] = &[
    "不是{n}的问题，{s}",
    "不是{n}，是{s}",
    "并非{n}，而是{s}",
    "{n}倒没什么，{s}",
    "{s}，跟{n}没有关系",
    "{n}前几天已经处理好了，现在{s}",
    "上次报的{n}已经解决了，这次是{s}",
    "{s}，不是上次说的{n}那件事",
    "{n}没事，{s}",
    "{s}，{n}不用管",
    "{n}的事不用来了，{s}",
    "别再当成{n}派单了，{s}",
    "以前是{n}，现在换成{s}",
    "{s}，没有{n}",
];

/// `{s}` is what is really meant, `{a}` what there is besides, `{n}` its noun.
pub const ASIDE: &[&str] = &[
    "{s}，旁边{a}",
    "{s}，{a}，不过主要是前面说的这个",
    "{a}就先不说了，{s}",
    "{a}还可以忍，{s}",
    "{s}，顺便说一下{a}",
    "{s}，另外{a}，那个不急",
    "{s}，附近{a}",
    "虽然{a}，但最要紧的是{s}",
    "{a}倒是小事，主要反映{s}",
    "{s}，{a}我就不投诉了",
    "旁边{a}，这个不用管，{s}",
    "{s}，对了，{a}",
];

/// Said by who cannot tell: the kinds it may be, and the words.
pub struct Unsure {
    pub may_be: &'static [&'static str],
    pub says: &'static [&'static str],
}

pub const UNSURE: &[Unsure] = &[
    Unsure {
        may_be: &["E0402", "E0404"],
        says: &[
            "{p}地上一直往外冒水，不知道是自来水还是下水道",
            "{p}路边流了一天的水，分不清是水管漏还是污水井满了",
        ],
    },
    Unsure {
        may_be: &["E0403", "E0404"],
        says: &[
            "{p}一大股怪味，像煤气又像下水道反味",
            "{p}楼道好臭，不知道是漏煤气还是化粪池的味",
        ],
    },
    Unsure {
        may_be: &["C0102", "E0401", "C0205"],
        says: &[
            "{p}路上有个黑洞，不晓得是井盖没了还是路塌了",
            "骑车在{p}掉进一个洞里，天黑，是坑还是没盖的井说不准",
        ],
    },
    Unsure {
        may_be: &["E0301", "E0511"],
        says: &[
            "{p}半夜一直很吵，分不清是工地还是装修",
            "{p}整晚咚咚响，不知道是打桩还是酒吧的音响",
        ],
    },
    Unsure {
        may_be: &["E0505", "E0501"],
        says: &[
            "{p}停满了车又摆满了摊，人完全走不了",
            "{p}路口被小车和小贩一起堵死了",
        ],
    },
    Unsure {
        may_be: &["E0111", "E0406"],
        says: &[
            "{p}那边有烟，看不清是烧垃圾还是着火",
            "{p}后面冒烟，可能是烧荒，也可能是房子起火",
        ],
    },
    Unsure {
        may_be: &["E0109", "E0508"],
        says: &[
            "{p}一到晚上都是烟味，不知道是饭店的油烟还是烧烤摊",
            "{p}呛得开不了窗，餐馆抽油烟和门口烤串都有份",
        ],
    },
    Unsure {
        may_be: &["E0602", "E0105"],
        says: &[
            "{p}的河又黑又飘着死鱼，不知道是有厂偷排还是没人捞",
            "{p}河涌漂着一层东西，像油又像垃圾",
        ],
    },
    Unsure {
        may_be: &["E0418", "C0106"],
        says: &[
            "{p}整段黑的，不知道是停电还是路灯坏",
            "{p}从八点起一片漆黑，是路灯没开还是断电说不清",
        ],
    },
    Unsure {
        may_be: &["E0302", "E0303"],
        says: &[
            "{p}路上全是泥灰，是工地扬尘还是泥头车漏的不清楚",
            "{p}一层黄土，车一过就飞，工地和泥头车互相推",
        ],
    },
    Unsure {
        may_be: &["E0512", "E0507", "E0505"],
        says: &[
            "{p}通道被堵死了，有车也有堆的材料",
            "{p}那条巷子又停车又堆东西，进不去",
        ],
    },
    Unsure {
        may_be: &["E0102", "E0112"],
        says: &[
            "{p}一大堆垃圾，有装修的碎砖也有生活垃圾",
            "{p}空地上一堆一堆的，余泥和垃圾袋混在一起",
        ],
    },
    Unsure {
        may_be: &["C0205", "C0209"],
        says: &[
            "{p}路边破了一大块，算人行道还是马路我不懂",
            "{p}地面烂了，人行道和车道接的那里",
        ],
    },
    Unsure {
        may_be: &["E0603", "E0606"],
        says: &[
            "{p}楼道又堆杂物又有人充电，看着怕",
            "{p}出租屋线乱拉，电动车也在里面充，不知道归谁管",
        ],
    },
];

/// Where two towns meet.
pub const BORDER: &[&str] = &[
    "{a}和{b}交界的地方",
    "{a}跟{b}交界处",
    "{b}过来{a}的那个路口",
    "{a}、{b}两边都说不归自己的那段",
];

/// What people remember of who looked after it. `{d}` is the department that did.
pub const MOVED: &[&str] = &[
    "{s}",
    "以前找{d}，现在不知道归谁，{s}",
    "{s}，之前都是{d}来处理的",
    "听说不归{d}管了，{s}",
    "{s}，打给{d}说已经移交了",
];
