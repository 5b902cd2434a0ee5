"""What each command does, in Chinese; its docstring says the same in English. A test holds the two lists together."""

HELP = {
    "up": "运行服务：数据库、网页、后台任务。打印访问地址；还没有管理员时打印一次性登录链接。按 Ctrl+C 停止；"
    "自带的数据库继续运行，直到 geo-housing db stop。",
    "doctor": "逐项检查安装是否正常，并说明怎么修。",
    "worker": "运行一个后台工作进程，可与 up 并行，也可在另一台机器上。",
    "db start": "启动自带的数据库（第一次时建立）。",
    "db stop": "停止自带的数据库；正在进行的连接会断开。",
    "db status": "显示自带数据库的状态，不做任何改动。",
    "db migrate": "把角色和表更新到本程序的版本。自备服务器时需要管理员的数据库地址，并允许 GEO_HOUSING_DATABASE_URL "
    "中的登录角色使用；gh_service 还没有密码时，设为该地址中的密码。",
    "db url": "打印本机上 PostgreSQL、GDAL、QGIS 可用的数据库地址。",
    "db backup": "把数据库、文件和校验清单写成一个备份文件，服务照常运行。",
    "db restore": "恢复备份。先全部校验；库里已有数据时要加 --replace 才会替换。",
    "keys rotate": "用新密钥重新加密全部个人信息；中断后再运行同一命令，从断处继续。",
    "demo": "装入虚构的演示县，供试用；--clear 清除演示数据。",
    "users add": "新增用户并授予一个角色；没有给密码时打印一次性链接，由本人设置密码。",
    "users grant": "再授予用户一个角色和范围，可写起止日期。",
    "users list": "列出用户及其现有授权。",
    "users disable": "立即停用账号：登录、令牌、链接全部失效；不删除任何数据。",
    "users enable": "恢复停用或被锁定的账号。",
    "users link": "打印新的一次性链接，由用户设置（新）密码。",
    "tokens add": "为用户新建 API 令牌，只显示一次；按其现有的最大授权行事。",
    "areas load": "装入一级区划；再次装入时就地更新。",
    "areas alias": "台账和查找所认的别名（旧名、简称、嘎查写法）：列出、增加、删除。",
    "areas end": "撤销乡镇或村，或并入另一个；代码保留，不再使用。",
    "areas reopen": "恢复已撤销的区划及其界线；重新装入名单不会恢复它。",
    "areas check": "检查 100 ㎡ 以上的重叠和空隙、不在所属乡镇内的村、没有边界的区划。",
    "houses load": "装入台账；好的行保留，有问题的行逐条报告；同一文件再次装入不产生任何改动。",
    "hazards load": "装入影响范围：新建事件；用 --event 更新事件的范围；用 --join 把预警消息归入事件；用 --standing 作为灾害易发地。",
    "hazards text": "读一段粘贴的预警文字：灾种、级别、发布单位、时间、区划，以及没有读懂的部分；不保存任何内容。",
    "hazards affected": "影响分析：各村涉及的栋、户、人。",
    "hazards respond": "下达应急排查任务，每栋一条；影响范围变化后可再次运行。",
    "hazards phase": "把事件转入下一阶段；转入灾后时开始排查并起算时限。",
    "hazards list": "写出分村应急排查名单（.xlsx）。",
    "roster load": "装入责任人、安置点、专业技术人员的表格；好的行保留，有问题的行逐条报告，不在表里的人只列出、不删除；"
    "同一文件再次装入不产生任何改动。",
    "export": "把一个图层导出为 .geojson、.geojsonl、.gpkg、.parquet、.fgb、.csv、.xlsx 或 .zip（Shapefile）。",
    "map": "写出一个自带全部内容、不联网也能打开的地图文件；默认不含姓名。",
}
EXAMPLES = {
    "up": "geo-housing up --port 8080",
    "doctor": "geo-housing doctor --json",
    "worker": "geo-housing worker",
    "demo": "geo-housing demo --houses 5000",
    "export": "geo-housing export houses -o houses.geojson --risk C,D",
    "map": "geo-housing map -o map.html --area 152224100",
}
