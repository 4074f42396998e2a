//! What callers say, kind by kind, in the words of the street: written from what people say, never from the rules that
//! will read it. No names, no numbers of persons.

mod appearance;
pub mod doubtful;
mod emergency;
mod facilities;
mod street;
mod works;

use super::chance::Chance;
use super::fleet::UnitKind;

/// One kind of matter, as people speak of it.
pub struct Kind {
    pub code: &'static str,
    /// How often on an ordinary day, against the others.
    pub weight: u32,
    pub pace: Pace,
    /// Hours of the day in which people call about it: from, up to.
    pub hours: (u16, u16),
    /// Who drives there, if a unit does.
    pub calls: Option<UnitKind>,
    /// Whole utterances, by what exactly has happened: who call about one matter do not contradict each other. `{p}`
    /// stands for where.
    pub says: &'static [&'static [&'static str]],
    /// What some add.
    pub adds: &'static [&'static str],
}

/// How the calls about one matter are spread over time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// It has just happened: within minutes, from many.
    Sudden,
    /// It stands there: within hours, from few.
    Standing,
}

/// Every kind people call about.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    let shelves = [
        street::KINDS,
        appearance::KINDS,
        emergency::KINDS,
        facilities::KINDS,
        works::KINDS,
    ];
    shelves.into_iter().flatten()
}

pub fn kind(code: &str) -> Option<&'static Kind> {
    kinds().find(|kind| kind.code == code)
}

/// Said without saying what: nobody could tell the kind from the words.
pub const UNCLEAR: &[&str] = &[
    "{p}有点问题，麻烦派人来看一下",
    "{p}这里一直没人管，到底归谁",
    "上次反映的事情还是老样子，在{p}",
    "{p}有东西挡在那里，说不清楚是什么",
    "{p}声音很奇怪，一阵一阵的",
    "{p}地上有一大片不知道什么东西",
    "你们来{p}看看就知道了，我说不清楚",
    "我要投诉，{p}，怎么打了这么多次都没有人理",
    "{p}那边围了好多人，不知道发生什么",
    "想问一下{p}的事情处理得怎么样了",
];

/// Said in a drill.
pub const DRILL: &[&str] = &[
    "【演练】{p}教学楼二楼起火，正在组织疏散",
    "演练：{p}发现浓烟，请消防到场",
    "这是演习，{p}模拟火情，人员已到操场集合",
    "【消防演练】{p}实验室失火，两人受困（模拟）",
];

const BEFORE: &[&str] = &[
    "你好，",
    "您好，我想反映一下，",
    "喂，是12345吗，",
    "我是附近住户，",
    "刚刚路过，",
    "麻烦记一下，",
    "我要投诉，",
    "又是我，",
    "请问能不能处理一下，",
    "同志你好，",
    "市民反映：",
    "来电人称",
    "唔该，",
    "赶紧的，",
];

const AFTER: &[&str] = &[
    "请尽快处理",
    "谢谢",
    "麻烦派人看看",
    "等你们回复",
    "希望有关部门重视",
    "之前也打过电话",
    "可以加我微信看照片",
    "到底有没有人管",
    "拜托了",
    "我在现场等",
    "处理完回个电话",
    "多谢晒",
];

/// What one caller says about a matter: their own words, with what people put before and after them.
pub fn said(chance: &mut Chance, kind: &Kind, story: usize, words: usize, place: &str) -> String {
    let core = core(kind, story, words, place);
    said_around(chance, kind, &core)
}

/// The bare matter, without what people put around it.
pub fn core(kind: &Kind, story: usize, words: usize, place: &str) -> String {
    let says = kind.says[story % kind.says.len()];
    says[words % says.len()].replace("{p}", place)
}

/// With what people add to a matter of the kind, and put before and after it.
pub fn said_around(chance: &mut Chance, kind: &Kind, core: &str) -> String {
    let add = match chance.pick(kind.adds) {
        Some(add) if chance.happens(0.4) => *add,
        _ => "",
    };
    dressed(chance, core, add)
}

pub fn dressed(chance: &mut Chance, core: &str, add: &str) -> String {
    let mut text = String::new();
    if chance.happens(0.42) {
        text.push_str(chance.pick(BEFORE).copied().unwrap_or_default());
    }
    text.push_str(core);
    if !add.is_empty() {
        text.push('，');
        text.push_str(add);
    }
    if chance.happens(0.38) {
        text.push_str(if chance.happens(0.5) { "。" } else { "，" });
        text.push_str(chance.pick(AFTER).copied().unwrap_or_default());
    }
    if chance.happens(0.3) {
        text.push(if chance.happens(0.7) { '。' } else { '！' });
    }
    text
}
