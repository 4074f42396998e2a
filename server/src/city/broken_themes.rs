//! Themes with something wrong in them: each mistake is found, with its file and line. And a theme more is a file more.

use std::fs;

use domain::indicator::Measure;

use super::broken_packs::{Broken, broken, bytes_of, every_one_says, mistakes_of};
use super::tests::loaded;
use super::*;

const ECOLOGY: &str = "themes/ecology.toml";

const BROKEN: &[Broken] = &[
    broken(
        ECOLOGY,
        "id = \"ecology\"",
        "id = \"air\"",
        "themes/ecology.toml: warning: defines theme air, so it belongs in themes/air.toml",
    ),
    broken(
        ECOLOGY,
        "id = \"ecology\"",
        "id = \"overview\"",
        "themes/overview.toml: theme overview is defined twice",
    ),
    broken(
        ECOLOGY,
        "id = \"ecology\"",
        "id = \"Ecology 2\"",
        "themes/ecology.toml:{}: id \"Ecology 2\" may hold only",
    ),
    broken(
        ECOLOGY,
        "order = 2",
        "order = 3",
        "themes/emergency.toml:4: order 3 is ecology's already",
    ),
    broken(
        ECOLOGY,
        "order = 2",
        "",
        "themes/ecology.toml:1: key order is missing",
    ),
    broken(
        ECOLOGY,
        "\"sensors\", ",
        "\"clouds\", ",
        "themes/ecology.toml:{}: layer \"clouds\" is not one of incidents",
    ),
    broken(
        ECOLOGY,
        "\"E0407\", ",
        "\"E0999\", ",
        "themes/ecology.toml:{}: no category of categories.csv begins with \"E0999\"",
    ),
    broken(
        ECOLOGY,
        "id = \"ozone-max\"",
        "id = \"pm25\"",
        "themes/ecology.toml:20: indicator pm25 is there twice",
    ),
    broken(
        ECOLOGY,
        "measure = \"readings_mean\"",
        "measure = \"readings_mode\"",
        "themes/ecology.toml:{}: measure \"readings_mode\" is not one of incidents_open",
    ),
    broken(
        ECOLOGY,
        "measure = \"readings_mean\"",
        "",
        "themes/ecology.toml:8: needs a measure, or [indicator.missing]",
    ),
    broken(
        ECOLOGY,
        "measure = \"readings_mean\"",
        "measure = \"readings_share_above\"\nlimit = 75",
        "themes/ecology.toml:12: the unit of a share is \"%\"",
    ),
    broken(
        ECOLOGY,
        "reading_unit = \"ug/m3\"",
        "unit_of_reading = \"ug/m3\"",
        "themes/ecology.toml:{}: key indicator.unit_of_reading is not known",
    ),
    broken(
        ECOLOGY,
        "period_seconds = 3600",
        "",
        "themes/ecology.toml:8: needs period_seconds",
    ),
    broken(
        ECOLOGY,
        "period_seconds = 3600",
        "period_seconds = 0",
        "themes/ecology.toml:{}: period_seconds is 0",
    ),
    broken(
        ECOLOGY,
        "decimals = 1",
        "decimals = 9",
        "themes/ecology.toml:{}: decimals 9 is outside 0 to 6",
    ),
    broken(
        ECOLOGY,
        "bounds = [0, 250]",
        "bounds = [250, 0]",
        "themes/ecology.toml:{}: bounds has two numbers, the lower first",
    ),
    broken(
        ECOLOGY,
        "measure = \"incidents_open\"",
        "measure = \"incidents_open\"\ntown = \"1\"\ndepartment = \"kgb\"\nseverities = [0]",
        "themes/ecology.toml:48: severity 0 is not one of 1",
    ),
    broken(
        ECOLOGY,
        "measure = \"incidents_open\"",
        "measure = \"incidents_open\"\ntown = \"1\"\ndepartment = \"kgb\"",
        "themes/ecology.toml:47: department kgb is not in departments.csv",
    ),
    broken(
        ECOLOGY,
        "measure = \"incidents_open\"",
        "measure = \"incidents_open\"\ntown = \"1\"",
        "themes/ecology.toml:46: town 1 is not in towns.csv",
    ),
    broken(
        ECOLOGY,
        "measure = \"incidents_open\"",
        "missing = { zh = \"无\" }",
        "themes/ecology.toml:{}: key indicator.missing.en is missing",
    ),
    broken(
        ECOLOGY,
        "",
        "\n[[indicator]]\nid = \"x\"\n[[indicator]\n",
        "themes/ecology.toml:49: is not TOML",
    ),
];

#[test]
fn every_broken_theme_says_what_is_wrong_and_where() {
    every_one_says(BROKEN);
}

#[test]
fn a_theme_of_too_few_figures_is_refused() {
    let mut files = bytes_of("new-york");
    let few = "id = \"few\"\nname = \"Few\"\nname_en = \"Few\"\norder = 9\nlayers = [\"units\"]\n";
    files.insert("themes/few.toml".into(), few.as_bytes().to_vec());
    let lines: Vec<String> = mistakes_of(files).iter().map(Mistake::to_string).collect();
    let wanted = "themes/few.toml:1: a theme has 4 to 8 indicators; this one has 0";
    assert_eq!(lines, [wanted]);
}

#[test]
fn dongguan_has_the_eight_themes_in_their_order() {
    let themes = loaded(&Source::Embedded).themes;
    let names: Vec<(&str, &str)> = themes
        .iter()
        .map(|theme| (theme.id.as_str(), theme.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("overview", "城市总览"),
            ("ecology", "生态环境"),
            ("economy", "经济运行"),
            ("emergency", "应急指挥"),
            ("fire", "消防救援"),
            ("resources", "自然资源"),
            ("services", "政务民生"),
            ("health", "公共卫生"),
        ]
    );
    for indicator in themes.iter().flat_map(|theme| &theme.indicators) {
        let says_what_it_lacks = indicator.missing.is_some();
        assert!(
            indicator.measure.is_some() || says_what_it_lacks,
            "{}",
            indicator.id
        );
    }
}

#[test]
fn a_ninth_theme_is_one_more_file_in_the_folder() {
    let copy = tempfile::tempdir().expect("a folder");
    for (path, bytes) in bytes_of("dongguan") {
        let target = copy.path().join(path);
        fs::create_dir_all(target.parent().expect("inside")).expect("made");
        fs::write(target, bytes).expect("written");
    }
    let mut ninth = String::from(
        "id = \"tourism\"\nname = \"文化旅游\"\nname_en = \"Tourism\"\norder = 9\nlayers = [\"incidents\"]\n",
    );
    for (id, measure) in [
        ("open", "incidents_open"),
        ("late", "incidents_late"),
        ("opened", "incidents_opened_today"),
        ("closed", "incidents_closed_today"),
    ] {
        ninth.push_str(&format!(
            "[[indicator]]\nid = \"{id}\"\nname = \"{id}\"\nname_en = \"{id}\"\nmeasure = \"{measure}\"\n"
        ));
    }
    fs::write(copy.path().join("themes/tourism.toml"), ninth).expect("written");
    let with_ninth = loaded(&Source::Folder(copy.path().to_owned()));
    let without = loaded(&Source::Embedded);
    assert_eq!(
        with_ninth.city, without.city,
        "themes decide nothing, so the city is the same"
    );
    let (last, eight) = with_ninth.themes.split_last().expect("nine");
    assert_eq!(eight, without.themes);
    assert_eq!(last.id, "tourism");
    let counts = |measure: &Measure| matches!(measure, Measure::Incidents(..));
    assert!(
        last.indicators
            .iter()
            .all(|one| one.measure.as_ref().is_some_and(counts))
    );
}
