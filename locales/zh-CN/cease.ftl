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

# 办理流程各页通用。
counter-back = 返回
counter-continue = 继续
counter-optional = （选填）
counter-error = 错误：
counter-errors = 有 { $n } 处需要修改
counter-struck = 疑似银行卡号或证件号码的内容已划去，办理注销不需要这些。请检查后继续。
sign-in-first = 请先登录
sign-in-first-text = 本运营商仅通过机主账户办理注销。登录后将直接回到这里；如无法登录，请用其他方式联系我们。
already = 您已提交注销：{ $reference }
already-text = 您的声明已送达，且只有一份，无需重复提交。回执与后续进度都在注销单中。
already-receipt = 查看回执
already-another = 注销另一张卡

# 号码种类。
kind-iccid = 卡号（ICCID）
kind-partial-iccid = 卡号末几位
kind-eid = EID
kind-imei = IMEI
kind-imsi = IMSI
kind-msisdn = 手机号
kind-serial = 序列号
kind-card = 卡

# 首页。
start-lede = 备好卡号，约五分钟即可办完。无需注册账户，也无需说明原因。
start-lede-sign-in = 备好卡号和账户，约五分钟即可办完。无需说明原因。
start-resume = 您有一份未完成的申请
start-resume-text = 已填内容保存在此浏览器中。
start-resume-link = 继续填写
start-hello = { $name }，您好
start-follow = 查询已提交的注销单
start-takes = 用时
start-takes-text = 填写约五分钟。资料齐全即时停用，否则 { $hours } 小时内答复
start-costs = 费用
start-cost-nothing = 免费
start-cost-if-returned = 免费；仅需寄回设备时收 { $sum }
start-cost-at-most = 最多 { $sum }
start-get = 您将获得
start-get-text = 当场出具回执，办结后出具带签名的注销凭证
start-before = 办理之前
start-number = 备好卡号
start-number-text = 印在卡上、包装盒上或设备上，也可在手机设置中查看。下一步有图示。
start-contact = 备好邮箱或手机
start-contact-text = 我们会向该卡绑定的联系方式发送验证码。不必用要注销的卡接收，卡丢失也能办理。
start-backup = 备份卡上的内容
start-backup-text = 卡一经停用，其中内容无法恢复。
start-backup-list = 需要备份什么
backup-contacts = 存在 SIM 卡上的联系人和短信
backup-microsd = 随身路由器 microSD 卡中的照片和文件
backup-voicemail = 语音信箱留言
backup-two-factor = 用此号码接收验证码的银行、邮箱等账户：请先换绑其他号码
backup-bills = 日后可能用到的账单和用量记录
start-fees = 先看清费用
start-fees-text = 决定之前，每一笔费用都会列明，绝不多收一分。
start-impostors = 如何识别假冒客服
impostor-numbers = 我们绝不索要银行卡号或证件号码
impostor-numbers-text = 网页、电话、邮件都不会。办理注销用不到这些。
impostor-groups = 任何 Telegram、WhatsApp 群组都与我们无关
impostor-groups-text = 群里没有人能替您注销。请勿向他们提供卡号。
impostor-codes = 验证码只在本网站填写
impostor-codes-text = 我们的工作人员不会请您念出验证码。
start-channels = 其他联系方式
start-really-us = 怎样辨别是不是我们？
start-example = 此为示例。您的卡号以 89 开头。
channel-mail = 写明哪张卡和您的姓名，邮件送达即生效。
channel-case = 咨询注销单
channel-case-text = 凭单号可以提问、补交文件或撤回。
own-none = 您的账户下没有在用的卡。
own-cancel = 注销这张卡
own-under-way = 正在注销

# 哪张卡。
find-title = 您要注销哪张卡？
find-another = 或注销其他卡
find-label = 卡的号码
find-hint = 卡号（ICCID）、EID、IMEI、印刷序列号或手机号均可。空格和连字符不影响识别；若卡上只印有末几位，填写末几位即可。
find-anyway = 仍使用此号码
find-lost = 卡已不在手边
find-lost-text = 请填写这张卡的手机号，也可查看包装盒或以往账单；eSIM 可在手机设置中查看。
find-where = 号码在哪里
find-sim = SIM 卡
find-sim-text = 卡背面，或掰下小卡后的卡托上
find-mifi = 随身路由器
find-mifi-text = 电池下方的标签
find-stick = USB 上网卡
find-stick-text = 背面或盖内侧
find-box = 包装盒
find-box-text = 带条形码的标签
find-phone = 手机设置
find-phone-text = 设置 › 关于本机：EID 或 ICCID
number-check-failed = { $number } 未通过校验，可能有一位输错。请与卡面核对；若卡面确实如此，可仍使用此号码。
number-empty = 请填写卡的号码。下方图示说明号码所在位置。
number-too-short = 只有 { $digits } 位，位数不够。请填写完整号码，或至少填写卡号末六位。
number-too-long = 内容过长。请只填写一个号码。
number-no-such-length = 没有 { $digits } 位的卡号。请与卡面核对，是否漏填或多填。
number-wrong-length = { $kind }不会是 { $digits } 位。请与卡面核对，或去掉标签只填号码。
number-not-an-iccid = 卡号应以 89 开头。请找到以 89 开头的号码，或填写手机号。
number-not-a-phone-number = 这不是有效的手机号。请检查国家或地区代码（如 +44、+86）及其后的数字。
number-not-a-number = 这不是号码，也不是我们的序列号。请照卡面填写数字，或填写手机号。
number-rounded = 此号码已被电子表格四舍五入，末几位已丢失。请照卡面填写。
number-activation-code = 这是 eSIM 激活码，使用后不再对应任何卡。请填写手机设置中的 EID 或 ICCID。
number-bank-card = 这像是银行卡号。我们没有保存，也绝不需要。请填写 SIM 卡或数据卡的卡号，以 89 开头。
number-identity-number = 这像是身份证号码。我们没有保存，也绝不需要。请填写 SIM 卡或数据卡的卡号，以 89 开头。

# 机主信息。
you-title = 机主姓名与联系方式
you-lede = 我们会与该卡的登记信息核对；如有不符，您可以当场修改。
you-name = 机主姓名
you-name-hint = 与购卡时登记的一致
you-name-empty = 请填写机主姓名
you-name-long = 姓名最多 { $max } 字
you-contact = 联系方式
you-contact-hint = 至少填写一项。回执与注销凭证将发送到这里。
you-contact-empty = 请填写邮箱或手机号，以便我们联系您
you-email = 电子邮箱
you-email-wrong = 请填写正确的邮箱，例如 name@example.com
you-phone = 手机号
you-phone-hint = 最好不是要注销的号码。境外号码请加国家或地区代码，如 +86。
you-phone-wrong = 请填写带国家或地区代码的手机号，例如 +86 138 0013 8000
you-address = 邮寄地址
you-address-hint = 仅在登记信息中有地址，或需寄回设备时填写
you-address-long = 地址最多 { $max } 字
you-trap = 请留空

# 停用日期与说明。
statement-title = 何时停用这张卡？
statement-when = 停用日期
statement-soon = 尽快停用
statement-soon-now = 资料齐全则当天停用
statement-soon-notice = 提前 { $days } 天通知后停用
statement-day = 指定日期
statement-date = 指定的日期
statement-date-hint = 仅在指定日期时填写，可选 { $today } 及以后。当天结束前卡仍可使用。
date-empty = 请选择日期，或选择“尽快停用”
date-wrong = 请按年、月、日填写，例如 2026-11-27
date-past = 该日期已过，请选择今天或以后的日期。
date-far = 该日期在两年以后，请选择更早的日期。
statement-more = 补充说明
statement-more-hint = 可以不填，更无需说明原因。如有文字说明或信件，将先由工作人员阅读。
statement-words = 您的说明
statement-words-hint = 最多 4000 字。请勿填写银行卡号或证件号码，如有将被划去。
statement-long = 您写了 { $n } 字，最多 { $max } 字；其余内容可用 PDF 上传。
statement-letter = 书面声明
statement-letter-hint = 照片（JPEG、PNG、WebP）或 PDF，每个不超过 8 MB，最多三个
statement-add = 添加此文件
statement-files = 文件
statement-remove = 移除
statement-no-file = 请先选择文件，再添加
statement-files-full = 已添加 { $max } 个文件，达到上限。如需更换，请先移除一个。

# 停用之前。
before-title = 停用前，请留意三件事
before-cost = 您需支付 { $sum }
before-cost-at-most = 您最多需支付 { $sum }
before-cost-text = 明细见下方，此外不再收取任何费用。
before-cost-nothing = 您无需支付任何费用
before-cost-nothing-text = 注销免费，不会扣款。
before-gone = 卡上的内容将无法恢复
before-gone-text = 包括联系人、短信、留言和号码本身。请保存所需内容，并将用此号码接收验证码的账户换绑。
before-never-ask = 我们绝不索要银行卡号或证件号码
before-never-ask-text = 凡以此单为由索要的，都不是我们。
before-backup = 卡上的内容是否已备份？
before-backup-hint = 停用后无法恢复。
before-backup-saved = 需要的内容已备份
before-backup-nothing = 没有需要备份的内容
before-backup-empty = 请选择卡上的内容是否已备份
before-total-changed = 打开此页后费用有变化。请重新查看下方明细，再继续。
before-changed = 费用高于您此前同意的金额
before-changed-text = 您更换了卡，或现已确认是哪张卡。在您重新同意之前不会收取。
before-go = 我已阅读
before-agree = 我已阅读并同意上述费用
quote-caption = 费用明细
quote-only-if-returned = 仅在需要寄回设备时收取
quote-total = 您需支付
quote-at-most = 最多
fee-postage = 邮费
fee-return-postage = 寄回邮费

# 核对并注销。
check-title = 核对信息，然后注销
check-changed = 填写的内容有变化
check-changed-text = 您在另一窗口作了修改，刚才没有提交。以下是最新内容。
check-digit = 此号码未通过校验，请与卡面核对。
check-another = 修改卡的号码
check-change = 修改
check-name = 机主
check-address = 地址
check-email = 邮箱
check-phone = 手机
check-not-given = 未填写
check-fits = 与登记一致
check-differs = 与登记不符
check-missing = 登记信息中有此项
check-mend = 去修改
check-ends = 停用时间
check-backup = 卡上的内容
check-backup-no = 未要求
check-costs = 费用
check-unproven = 尚未确认您是机主
check-unproven-text = 您仍可提交，声明自提交时起生效；用验证码确认身份后，卡即停用。
check-unproven-link = 现在确认
check-cancel-now = 立即注销这张卡
check-after = 提交后立即出具回执；在卡停用之前，您可以撤回。

## Account

sign-in-title = 登录
sign-in-not-needed = 注销卡不需要账户，登录只是为您省去填写。
sign-in-login = 登录名、邮箱或手机号
sign-in-password = 密码
sign-in-app = 我使用身份验证器应用
sign-in-code = 身份验证器中的验证码
sign-in-code-hint = 六位数字。从未设置过请留空。
sign-in-button = 登录
sign-in-forgotten = 忘记密码
sign-in-without = 不登录，直接注销卡
sign-in-wrong = 登录信息不符。请检查登录名和密码；使用验证器的，也请检查验证码。每个验证码只能用一次。
sign-in-desk-title = { $operator }坐席台
sign-in-desk-login = 登录名
sign-in-desk-code-hint = 六位数字，每个验证码只能用一次。
sign-in-desk-wrong = 登录名、密码或验证码有误。每个验证码只能用一次。
recover-title = 重设密码
recover-back = 返回登录
recover-intro = 我们会把链接发到您账户的邮箱。
recover-login-empty = 请填写登录名、邮箱或手机号
recover-button = 发送链接
recover-again = 重新获取链接
recover-sent-title = 请查看邮箱
recover-sent = 如果账户存在，链接已发往该账户的邮箱。
recover-sent-life = 链接只能用一次，30 分钟内有效。在您设好新密码之前，一切保持不变。
recover-sent-nothing = 几分钟后仍未收到？请查看垃圾邮件。账户没有邮箱的，您仍可不登录直接注销卡。
recover-new-title = 设置新密码
recover-new-intro = 用几个互不相关的词，好记又难猜。
recover-new-password = 新密码
recover-new-button = 设置密码
recover-new-after = 设置后，您会在所有设备上退出登录，我们也会通知账户的所有联系方式。
recover-done-title = 密码已设置
recover-done = 您已在所有设备上退出登录，请用新密码登录。
recover-gone-title = 此链接已失效
recover-gone = 链接已使用、超过 30 分钟，或已被之后的更改取代。您的密码没有因它而改变。
recover-mail-subject = { $operator }：重设密码
recover-mail-asked = 有人（应该是您）要为账户 { $login } 重设密码。请打开以下链接：
recover-mail-life = 链接只能用一次，30 分钟内有效。
recover-mail-not-you = 如果不是您本人操作，请不要理会，密码不会改变。我们绝不会让您把此链接发给或念给任何人。
password-hint = 至少 15 个字符；使用身份验证器的，至少 8 个。可以粘贴。
password-too-short = 请至少使用 15 个字符；使用身份验证器的，至少 8 个
password-too-long = 请不要超过 256 个字符
password-common = 这个密码太常见。请换一个，例如几个互不相关的词
password-guessable = 密码中请不要包含登录名或我们的名称
password-code-wrong = 请填写身份验证器当前显示的六位数字，每个验证码只能用一次
notice-password-changed = 您账户的密码已更改。
notice-second-factor-on = 登录您的账户现在还需要身份验证器的验证码。
notice-second-factor-off = 登录您的账户不再需要身份验证器的验证码。
notice-not-you = 您在其他设备上已退出登录。如果不是您本人操作，请立即重设密码：{ $url }/recover
code-subject = { $operator }：验证码 { $code }
code-mail-is = 您的验证码是 { $code }
code-mail-what = 用于{ $what }。只能用一次，10 分钟内有效。
code-mail-safe = 我们绝不会在电话或聊天中让您把验证码告诉任何人。向您索要的，都不是我们。
code-for-card = 确认要注销的卡属于您
code-for-case = 注销单 { $reference }
code-for-else = 您的申请
code-sms = 【{ $operator }】验证码 { $code }，用于{ $what }，10 分钟内有效。我们绝不会让您把它告诉任何人。
confirm-title = 确认是您本人
confirm-back = 返回
confirm-case = 注销单
confirm-choose = 验证码发到哪里？
confirm-choose-hint = 验证码会发到这张卡已登记的联系方式。为防止他人探知，这里不显示。
confirm-by-email = 这张卡的账户邮箱
confirm-by-email-hint = 卡已丢失请选这一项
confirm-by-phone = 这张卡的账户手机号（短信）
confirm-by-phone-hint = 该号码需要仍能接收短信
confirm-by-missing = 请选择验证码发到哪里
confirm-send = 发送验证码
confirm-proven = 您刚刚已确认身份。请确认这张注销单属于您。
confirm-proven-button = 这张注销单是我的
confirm-code-title = 填写验证码
confirm-sent-email = 如果这张卡在我们的记录中，验证码已发往登记的邮箱。
confirm-sent-phone = 如果这张卡在我们的记录中，验证码已发往登记的手机号。
confirm-code = 六位验证码
confirm-code-hint = 10 分钟内有效，空格不影响。
confirm-code-button = 确认
confirm-wrong = 验证码不对，您还可以试 { $left } 次
confirm-gone = 此验证码已失效：已使用、超过 10 分钟，或尝试次数过多。请重新获取
confirm-nothing = 没有收到验证码
confirm-nothing-text = 可能需要一分钟，也请查看垃圾邮件。重新获取后，之前收到的验证码仍然有效。
confirm-resend = 重新发送
confirm-other-phone = 改用短信发送
confirm-other-email = 改用邮件发送
confirm-cannot = 我收不到验证码
confirm-cannot-card = 您可以跳过这一步。我们照样受理您的注销，只是改由人工核实身份，时间会长一些。
confirm-cannot-card-button = 不用验证码，继续
confirm-cannot-case = 我们会由专人处理您的注销单，并与您联系。
confirm-cannot-case-button = 请人工处理
account-title = 您的账户
account-desk = 进入坐席台
account-cards = 您的卡
account-no-cards = 这个账户中没有卡。
account-cancel = 注销
account-card-ended = 已停用
account-cases = 您的注销单
account-no-cases = 您还没有在这里注销过卡。
account-case-received = { $day }收到
account-stage-received = 等您处理
account-stage-review = 正在核对
account-stage-scheduled = 已安排
account-stage-ceasing = 正在停用
account-stage-ceased = 已停用
account-stage-closed = 已办结
account-stage-refused = 未受理
account-stage-withdrawn = 已撤回
account-stage-contested = 已中止
account-sessions = 登录的设备
account-session-unknown = 某个浏览器
account-session-since = { $moment }登录
account-session-this = 当前设备
account-session-end = 退出
account-sessions-end-others = 退出其他所有设备
account-password-change = 重设密码
account-password-wrong = 请填写您现在的密码
account-password-short = 请先设置至少 15 个字符的密码：关闭验证器后，登录只凭密码
account-second = 身份验证器
account-second-on = 已开启
account-second-staff = 员工登录始终需要验证码。
account-second-why = 开启后，仅凭被盗的密码无法登录。
account-second-set-up = 设置
account-second-scan = 请用身份验证器应用扫描。
account-second-qr = 身份验证器二维码
account-second-type = 或手动输入密钥：
account-second-code = 应用当前显示的验证码
account-second-switch-on = 开启
account-second-off-title = 关闭
account-second-off = 关闭验证器

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
