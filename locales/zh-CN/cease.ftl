# 每一句话的中文。键与 en/cease.ftl 一一对应，由测试比对。

## Frame

nav-skip = 跳到正文
nav-label = 语言与账户
nav-cancel = 注销一张卡
nav-sign-in = 登录
nav-sign-out = 退出登录
foot-label = 更多服务
foot-follow = 查询注销进度
foot-verify = 核验注销凭证
foot-channels = 其他联系方式
foot-never-ask = 我们在任何渠道都不会索要您的银行卡号或证件号码。
foot-privacy = 我们只保留办理注销所需的信息，并在法律允许时删除。
desk-name = 坐席台
desk-nav = 坐席台
desk-queue = 待办列表
desk-search = 单号、卡号、姓名

## Trouble

trouble-home = 返回首页
trouble-back = 返回
trouble-not-found = 找不到这个页面
trouble-not-found-text = 请检查网址是否正确。如果您是从消息中的链接进入的，请从原消息重新打开。
trouble-stale = 此表单已过期
trouble-stale-text = 表单打开时间过长，或由其他页面提交。系统未执行任何操作。请重新打开，已保存的内容仍在。
trouble-stale-again = 重新打开
trouble-forbidden = 您无权查看此页面
trouble-forbidden-text = 您可能登录了其他账户。
trouble-too-many = 尝试次数过多
trouble-too-many-text = 请等待约 { $minutes } 分钟后再试。您填写的内容没有丢失。
trouble-too-large = 内容过大
trouble-too-large-text = 单个文件不得超过 8 MB。请选择较小的文件，或降低尺寸重新拍照。
trouble-bad = 无法读取您的请求
trouble-bad-text = 系统未执行任何操作，请返回重试。
trouble-refused = 现在无法执行此操作
trouble-unavailable = 服务暂时不可用
trouble-unavailable-text = 您之前提交的声明不会丢失。请一分钟后再试。
refusal-not-yours = 您无法执行此操作。
refusal-wrong-stage = 该注销单的状态已变化，无法再执行此操作。
refusal-too-late = 已来不及：网络已开始停用这张卡。
refusal-same-person = 您已签署过，需由另一位同事批准。
refusal-needs-approver = 第二个签名必须由批准人作出。
refusal-still-lacking = 仍缺少签名无法替代的内容：卡未找到、未寄回，或费用尚未确认。
refusal-not-proven = 无法确认您的身份，请重新获取验证码。
refusal-bad-text = 请填写内容，最多 4000 字。
refusal-already-ceased = 这张卡已经注销。
refusal-nothing-owed = 此结果已报告过。
refusal-pending = 网络尚未回复，请稍后再试。
refusal-taken = 该单号已被使用。

## Counter

start-title = 注销数据卡、SIM 卡或 eSIM

# 文件，凡上传处通用。
file-empty = 这个文件是空的。请重新选择，或重新拍照。
file-too-large = 文件超过 8 MB。请选择较小的文件，或降低尺寸重新拍照。
file-too-many-pixels = 图片超过 4000 万像素。请降低尺寸重新拍照。
file-unknown-kind = 仅支持 JPEG、PNG、WebP 图片和 PDF。请另存为其中一种格式，或拍成照片。
file-disagrees = 文件名与内容不符。请重新保存为图片或 PDF。
file-broken = 文件已损坏或不完整。请先打开检查，再重新上传。

## Account

## Case

## Desk

## Letters

## Demo

demo-title = 演示发件箱
demo-lede = 以下是本演示系统本应发出的消息，最新的在前。任何内容都不会离开这台机器。
demo-strip = 这是一家虚构运营商的演示。邮件、短信和登录码见
demo-strip-link = 演示页面
demo-people = 可用的登录身份
demo-code = 当前验证码：
demo-part-holder = 机主
demo-part-agent = 坐席
demo-part-approver = 批准人
demo-part-admin = 管理员
demo-sent = 已发送
demo-empty = 尚未发送任何消息
demo-empty-text = 注销一张卡后，受理回执会出现在这里。
demo-sms = 短信
demo-to = 发往

## Command line
