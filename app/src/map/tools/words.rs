//! What the tools say. A table of its own, so that it comes with them and not with the page.

use leptos::prelude::*;

use crate::settings::Settings;
use crate::text::messages;

messages! { Word:
    Tools: "地图工具", "Map tools";
    ToolsHint: "再按一个字母（G 看每帧开销）", "Now a letter (G for the frame budget)";
    Coordinates: "坐标", "Coordinates";
    Measure: "量距离和面积", "Measure length and area";
    Box: "框选", "Choose by a box";
    Lasso: "圈选", "Choose by a lasso";
    Nearest: "最近的车辆和人员", "Nearest units";
    Follow: "跟随", "Follow a unit";
    Layers: "图层", "Layers";
    CopyLink: "复制此视图的链接", "Copy a link to this view";
    Budget: "每帧开销", "Frame budget";
    BudgetUpdates: "更新/秒", "updates/s";
    BudgetApply: "取入 毫秒 均/最长", "apply ms mean/max";
    BudgetUpload: "上传 KiB/秒", "upload KiB/s";
    BudgetDraw: "绘制 毫秒 均/最长", "draw ms mean/max";
    BudgetAge: "数据龄 毫秒（按本机钟）", "tick age ms (by this clock)";
    End: "结束", "End";
    Copy: "复制", "Copy";
    Copied: "已复制 {what}", "Copied {what}";
    NotCopied: "浏览器不让复制，请手动选取：{what}", "The browser does not allow copying; please select it by hand: {what}";
    Pointer: "指针", "Pointer";
    Center: "图中心", "Centre";
    Selected: "选中事件", "Selected incident";
    PointerHint: "把指针移到地图上", "Move the pointer over the map";
    Notation: "写法", "Notation";
    ErrorOfShift: "GCJ-02 为偏移坐标，换算误差不到 1 米", "GCJ-02 is a shifted system; converted to within 1 m";
    MeasureHint: "在地图上逐点点击", "Click point after point on the map";
    Length: "长度", "Length";
    Perimeter: "合围周长", "Closed length";
    Area: "合围面积", "Closed area";
    Ellipsoid: "按 WGS-84 椭球计，不计地形起伏", "On the WGS-84 ellipsoid, not over hills";
    Undo: "撤一点", "Undo a point";
    Clear: "清除", "Clear";
    BoxHint: "在地图上拖出方框", "Drag a box on the map";
    LassoHint: "在地图上拖着画一圈", "Drag a line around on the map";
    AreaIncidents: "事件 {n}", "Incidents {n}";
    AreaUnits: "车辆人员 {n}", "Units {n}";
    AreaSensors: "传感器 {n}", "Sensors {n}";
    AreaNothing: "范围内没有", "Nothing in this area";
    AreaToBatch: "放入多选（最多 {n}）", "Choose them (at most {n})";
    AreaPartly: "范围没有全在图中，车辆和传感器停在 {at}", "Not all of it is in view: units and sensors as of {at}";
    AreaRest: "另有 {n}", "{n} more";
    NearestHint: "选一件事件，或在地图上点一处", "Select an incident, or click a place on the map";
    NearestNone: "附近没有车辆和人员", "No units near here";
    NearestFailed: "查不到附近的车辆和人员", "Units near here cannot be looked up";
    NearestOld: "现在查不到，下面是上次查到的", "Cannot be looked up now; below is what was found last";
    NearestWaiting: "正在查…", "Looking…";
    NearestRoads: "时间按直线 × {factor}、{speed} 公里/时估计（城市包没有路况）", "Time by straight line × {factor} at {speed} km/h (the city pack has no roads)";
    NearestMany: "个", "of them";
    Minutes: "约 {n} 分", "about {n} min";
    FollowHint: "在地图上点一个箭头；图随它走，动一下地图就停", "Click an arrow on the map; the map goes with it until you move it";
    Following: "正在跟随 {unit}", "Following {unit}";
    FollowLost: "{unit} 没有新位置", "No new position of {unit}";
    FollowStop: "停止跟随", "Stop following";
    FollowThis: "跟随", "Follow";
    LayerIncidents: "事件", "Incidents";
    LayerUnits: "车辆和人员", "Units";
    LayerHeat: "车辆人员热力", "Units, counted";
    HeatMeans: "每个六边形里的车辆和人员", "Units in each hexagon";
    HeatFar: "只在看得远时显示；回看时没有", "Shown far out only, and not while rewinding";
    HeatNotPlain: "没有 WebGL2 的地图不显示", "Not on the map without WebGL2";
    LayerSensors: "传感器", "Sensors";
    LayerBoundaries: "界线", "Boundaries";
    LayerNames: "镇街名称", "Town names";
    AlwaysShown: "总是显示", "Always shown";
    Opacity: "浓淡 {n}%", "Opacity {n}%";
    Imagery: "影像", "Imagery";
    ImageryNone: "没有配置影像：启动时加 --imagery 文件.toml，见手册第 14 节", "None configured: start with --imagery FILE.toml, see the manual, section 14";
    ImageryFailed: "查不到影像清单", "The list could not be fetched";
    ImageryDate: "日期", "Date";
    ImageryLeft: "左边", "Left";
    ImageryRight: "右边", "Right";
    ImageryCompare: "比较两期", "Compare two dates";
    ImageryOneDate: "只有一期", "One date only";
    ImageryDivider: "分界线 {dates}", "Divider {dates}";
    ImageryUnreached: "影像取不到", "Unreachable";
    ImageryGone: "没有配置：{what}", "Not configured: {what}";
    GroundAge: "城市包", "City pack";
    NoVillages: "城市包没有村社区界线", "The city pack has no village outlines";
    LayersOfSeat: "按该席当时所开的图层显示", "With the layers that the seat had on";
    KeptHere: "只记在这个浏览器", "Kept in this browser only";
    StateLive: "实时", "live";
    StateAgeing: "渐旧", "ageing";
    StateStale: "过期", "stale";
    StateGone: "没有数据", "no data";
}

/// The word in the language of the moment, for a view.
pub fn say(
    settings: Settings,
    word: Word,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || word.text(settings.language.get())
}
