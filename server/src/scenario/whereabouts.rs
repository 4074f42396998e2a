//! How people say where something is: one place, many ways, none of them an address book's.

use super::chance::Chance;
use super::ground::TownGround;

/// Where in a village: what different people call one and the same spot.
const SPOTS: &[&[&str]] = &[
    &["菜市场门口", "市场大门那里", "菜市门口"],
    &["小学对面", "小学门口斜对面", "学校旁边"],
    &["工业区门口", "工业园大门", "厂区门口"],
    &["村委会旁", "村委旁边", "居委会隔壁"],
    &["公园北门", "公园门口", "公园那边"],
    &["老街口", "老街路口", "旧街那里"],
    &["小区南门", "花园小区南门", "小区门口"],
    &["十字路口", "大路口", "路口那里"],
    &["批发城后街", "批发市场后面", "批发城背面"],
    &["医院西侧", "医院旁边", "医院后门"],
    &["加油站旁边", "加油站隔壁", "油站那里"],
    &["祠堂前面", "祠堂门口", "老祠堂旁"],
    &["幼儿园旁边", "幼儿园门口", "幼儿园那条路"],
    &["文化广场", "广场边上", "村里的广场"],
    &["超市门口", "百货超市楼下", "大超市旁边"],
    &["停车场入口", "停车场旁边", "停车场那里"],
    &["河边步道", "河堤边", "河边那条路"],
    &["高速桥底", "天桥底下", "桥底"],
];

const ROADS: &[&str] = &[
    "建设路",
    "人民路",
    "振兴路",
    "工业一路",
    "新城大道",
    "沿河路",
    "环城路",
    "商业街",
    "中心大道",
    "教育路",
    "富民路",
    "东兴路",
    "宏图路",
    "学府路",
    "莞龙路段",
    "银丰路",
    "创业路",
    "市场路",
];

/// One place, as its neighbours speak of it.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    town: String,
    short: String,
    village: String,
    /// Empty where no known place is near.
    landmark: String,
    /// Whether the landmark is right there, not only somewhere near.
    at_landmark: bool,
    road: &'static str,
    spot: &'static [&'static str],
    english: Option<String>,
}

impl Whereabouts {
    pub fn of(
        town: &TownGround,
        landmark: &str,
        at_landmark: bool,
        chinese: bool,
        chance: &mut Chance,
    ) -> Self {
        let english = match landmark {
            _ if chinese => None,
            "" => Some(town.name_en.clone()),
            landmark => Some(format!("{landmark}, {}", town.name_en)),
        };
        Self {
            town: town.name.clone(),
            short: town
                .name
                .trim_end_matches("街道")
                .trim_end_matches('镇')
                .to_owned(),
            village: chance.pick(&town.villages).cloned().unwrap_or_default(),
            landmark: landmark.to_owned(),
            at_landmark,
            road: chance.pick(ROADS).copied().unwrap_or_default(),
            spot: chance.pick(SPOTS).copied().unwrap_or_default(),
            english,
        }
    }

    /// As one caller says it.
    pub fn said(&self, chance: &mut Chance) -> String {
        if let Some(english) = &self.english {
            return english.clone();
        }
        if self.at_landmark || (!self.landmark.is_empty() && chance.happens(0.4)) {
            return self.by_landmark(chance);
        }
        let Self {
            town,
            short,
            village,
            road,
            ..
        } = self;
        let spot = chance.pick(self.spot).copied().unwrap_or_default();
        match chance.below(9) {
            0 => format!("{town}{village}{spot}"),
            1 => format!("{short}{village}{road}{spot}"),
            2 => format!("{village}{spot}"),
            3 => format!("{short}{road}，{spot}"),
            4 => format!("{village}{road}那一段"),
            5 => format!("我们{village}{spot}这里"),
            6 => format!("{town}{road}{spot}附近"),
            7 => format!("{short}的{spot}，靠{road}"),
            _ => format!("东莞市{town}{village}{road}"),
        }
    }

    fn by_landmark(&self, chance: &mut Chance) -> String {
        let Self {
            town,
            short,
            landmark,
            road,
            ..
        } = self;
        let exit = ["A", "B", "C", "D"][chance.below(4)];
        let spot = chance.pick(self.spot).copied().unwrap_or_default();
        match (self.at_landmark, chance.below(5)) {
            (true, 0) if landmark.ends_with('站') => format!("{landmark}{exit}出口"),
            (true, 1) => format!("{short}{landmark}旁边"),
            (true, 2) => format!("{landmark}门口这里"),
            (true, 3) => format!("{town}{landmark}，{road}上"),
            (true, _) => format!("{landmark}出来一点点"),
            (false, 0) => format!("{landmark}附近的{spot}"),
            (false, 1) => format!("{town}{landmark}附近"),
            (false, 2) => format!("{short}{road}，离{landmark}不远"),
            (false, 3) => format!("{landmark}过去几百米，{spot}"),
            (false, _) => format!("{short}{landmark}那一片，{road}"),
        }
    }
}
