//! Links that lead to a place: to the phone's own maps in WGS-84, to those of China in GCJ-02, which they draw in. Only a person who
//! presses one asks anybody; the page itself asks nobody.

use domain::crs::Crs;
use domain::place::Position;

use super::words::Word;
use crate::text::number::decimals;

/// A way to be led there.
#[derive(Clone, PartialEq, Debug)]
pub struct Way {
    pub name: Word,
    pub href: String,
}

/// To the place, under a name.
pub fn ways(to: Position, name: &str) -> Vec<Way> {
    let (longitude, latitude) = (to.longitude(), to.latitude());
    let (lon, lat) = Crs::Gcj02.from_wgs84(longitude, latitude);
    let [longitude, latitude, lon, lat] =
        [longitude, latitude, lon, lat].map(|degrees| decimals(degrees, 6));
    let name = escaped(name);
    let way = |name, href| Way { name, href };
    vec![
        way(
            Word::WayPhone,
            format!("geo:{latitude},{longitude}?q={latitude},{longitude}({name})"),
        ),
        way(
            Word::WayAmap,
            format!(
                "https://uri.amap.com/navigation?to={lon},{lat},{name}&mode=car&src=gulou&coordinate=gaode&callnative=1"
            ),
        ),
        way(
            Word::WayBaidu,
            format!(
                "https://api.map.baidu.com/marker?location={lat},{lon}&title={name}&content={name}&output=html&coord_type=gcj02&src=gulou"
            ),
        ),
        way(
            Word::WayTencent,
            format!(
                "https://apis.map.qq.com/uri/v1/marker?marker=coord:{lat},{lon};title:{name}&referer=gulou"
            ),
        ),
    ]
}

/// RFC 3986, section 2.3: everything else is escaped.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_of_china_get_the_place_where_they_draw_it() {
        let square = Position::from_degrees(113.7518, 23.0207).expect("a place");
        let ways = ways(square, "井盖 & \"缺失\"");
        let of = |name| {
            let way = ways.iter().find(|way| way.name == name);
            way.map(|way| way.href.clone()).expect("a way")
        };
        assert!(of(Word::WayPhone).starts_with("geo:23.0207,113.7518?q="));
        let amap = of(Word::WayAmap);
        // Some 500 m aside, as GCJ-02 lies in Dongguan.
        let to = amap.split("to=").nth(1).expect("a place");
        let mut degrees = to.split(',').map(|text| text.parse::<f64>().unwrap_or(0.0));
        let (lon, lat) = (degrees.next().unwrap_or(0.0), degrees.next().unwrap_or(0.0));
        assert!(
            (lon - 113.7518).abs() > 0.003 && (lon - 113.7518).abs() < 0.008,
            "{lon}"
        );
        assert!(
            (lat - 23.0207).abs() > 0.001 && (lat - 23.0207).abs() < 0.006,
            "{lat}"
        );
        for way in &ways {
            assert!(!way.href.contains(['"', ' ', '<']), "{}", way.href);
        }
    }
}
