//! The demo people: known names, one known password. They exist only where somebody asked for the demo city.

use domain::account::Role;
use domain::ids::{DepartmentId, JurisdictionCode};

/// 晨钟暮鼓, the bell at dawn and the drum at dusk; everybody may know it.
pub const PASSWORD: &str = "zhonggu-2026";

/// Somebody who may come in while the demo city plays.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    pub name: &'static str,
    pub password: &'static str,
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub town: Option<JurisdictionCode>,
    pub title_zh: &'static str,
    pub title_en: &'static str,
}

/// The people of the demo city. Departments and towns are those of the Dongguan pack.
pub fn accounts() -> Vec<DemoAccount> {
    vec![
        desk("operator", Role::Operator, "受理员", "Operator"),
        desk("leader", Role::ShiftLeader, "值班长", "Shift leader"),
        desk("dispatcher", Role::Dispatcher, "派遣员", "Dispatcher"),
        desk("commander", Role::Commander, "领导", "Commander"),
        DemoAccount {
            town: JurisdictionCode::new("441900003").ok(),
            ..desk(
                "collector",
                Role::Collector,
                "核查员（东城街道）",
                "Collector, Dongcheng",
            )
        },
        desk("admin", Role::Administrator, "管理员", "Administrator"),
        desk("auditor", Role::Auditor, "审计员", "Auditor"),
        desk("wall", Role::Wall, "大屏", "Wall screen"),
        department(
            "chengguan",
            "cgj",
            "城管局处置人员",
            "City Management responder",
        ),
        department("shuiwu", "swj", "水务局处置人员", "Water Bureau responder"),
        department(
            "jiaojing",
            "jjzd",
            "交警支队处置人员",
            "Traffic Police responder",
        ),
        department(
            "xiaofang",
            "xfj",
            "消防救援支队处置人员",
            "Fire and Rescue responder",
        ),
        department(
            "huanbao",
            "sthj",
            "生态环境局处置人员",
            "Ecology Bureau responder",
        ),
        department(
            "humen",
            "town-441900121",
            "虎门镇处置人员",
            "Humen town responder",
        ),
    ]
}

fn desk(
    name: &'static str,
    role: Role,
    title_zh: &'static str,
    title_en: &'static str,
) -> DemoAccount {
    DemoAccount {
        name,
        password: PASSWORD,
        role,
        department: None,
        town: None,
        title_zh,
        title_en,
    }
}

fn department(
    name: &'static str,
    id: &str,
    title_zh: &'static str,
    title_en: &'static str,
) -> DemoAccount {
    DemoAccount {
        department: DepartmentId::new(id).ok(),
        ..desk(name, Role::Department, title_zh, title_en)
    }
}
