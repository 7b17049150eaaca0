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

## Account

account-error = 错误：
account-errors = 有内容需要更正
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
account-card-iccid = 卡号（ICCID）
account-card-eid = EID
account-card-serial = 序列号
account-card-msisdn = 手机号
account-card-imei = IMEI
account-card-imsi = IMSI
account-card-card = 卡
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
