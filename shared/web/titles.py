"""Which sentence goes with a code? The catalogue of problems, Vietnamese first."""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.sheets.errors import REASONS


class Title(NamedTuple):
    """One short sentence in both languages."""

    vietnamese: str
    english: str


BY_A_RULE: Final = Title(
    "Nghiệp vụ không cho phép ghi nhận sự việc này; xem mã lỗi.",
    "A rule refused this fact; see the code.",
)
"""For refusals of the services' own rules, whose code says what the sentence does not."""

TITLES: Final[dict[str, Title]] = {
    # ── The request as a whole ──
    "address-refused": Title(
        "Không gửi tới địa chỉ này: chỉ nhận https ra Internet, hoặc nơi người vận hành cho phép.",
        "Nothing is sent to this address: https to the open Internet, or what the operator allows.",
    ),
    "too-many-webhooks": Title("Tổ chức đã đăng ký đủ 20 nơi nhận.", "The organisation has 20 webhooks already."),
    "bad-position": Title("Vị trí nêu trong Nennep-After không đúng dạng.", "Nennep-After names no readable position."),
    "body-too-large": Title("Nội dung gửi lên vượt quá 8 MiB.", "The body exceeds 8 MiB."),
    "cut-off": Title("Nội dung gửi lên bị ngắt giữa chừng.", "The body broke off."),
    "empty": Title("Không có sự việc nào được gửi lên.", "Nothing was posted."),
    "encoded": Title("Không nhận nội dung nén hoặc mã hóa.", "Compressed or encoded bodies are not taken."),
    "no-list-of-members": Title(
        "Chỉ nhận tệp Excel (.xlsx), CSV hoặc JSON từng dòng.", "Only Excel (.xlsx), CSV or JSON lines are taken."
    ),
    "fault": Title("Dịch vụ gặp lỗi; lỗi đã được ghi lại.", "The service failed; the fault has been logged."),
    "line-too-large": Title("Một sự việc vượt quá 1 MiB.", "One event exceeds 1 MiB."),
    "method-not-allowed": Title("Địa chỉ này không nhận phương thức đó.", "This address does not take that method."),
    "not-found": Title("Không có gì ở địa chỉ này.", "Nothing is found at this address."),
    "refused": Title("Yêu cầu không được chấp nhận.", "The request was not accepted."),
    "repeated-parameter": Title("Tham số chỉ được nêu một lần.", "The parameter may be given once only."),
    "too-many-lines": Title("Quá 5.000 sự việc trong một lần gửi.", "More than 5,000 events in one post."),
    "too-many-values": Title("Nội dung có quá nhiều giá trị.", "The body holds too many values."),
    "too-slow": Title("Nội dung gửi lên quá chậm.", "The body arrived too slowly."),
    "too-many-requests": Title(
        "Gửi quá nhiều yêu cầu; hãy chờ rồi gửi lại.", "Too many requests; wait, then try again."
    ),
    "no-issuer": Title(
        "Chưa cấu hình nơi xác thực để đăng nhập.", "No issuer of sign-on tokens is set for this deployment."
    ),
    "unauthorised": Title("Thiếu khóa truy cập hợp lệ.", "A valid key is missing."),
    "unknown-media-type": Title(
        "Chỉ nhận CloudEvents dạng JSON: một sự việc, một lô, hoặc từng dòng.",
        "Only CloudEvents in JSON are taken: one, a batch, or lines.",
    ),
    "unknown-parameter": Title("Có tham số lạ trong địa chỉ.", "The address carries an unknown parameter."),
    # ── Questions ──
    "period-empty": Title("Kỳ phải bắt đầu trước khi kết thúc.", "The period must start before it ends."),
    "period-missing": Title("Thiếu kỳ hoặc ngày cần xem.", "The period, or the day, is missing."),
    "period-too-long": Title("Kỳ quá dài đối với số liệu này.", "The period is too long for this figure."),
    "unknown-branch": Title("Không có chi đoàn, chi hội này.", "No such branch is known."),
    "unknown-criterion": Title("Bộ tiêu chí không có tiêu chí này.", "The rule set has no such criterion."),
    "unknown-figure": Title("Không có số liệu này.", "No such figure exists."),
    "unknown-key": Title("Số liệu này không chia theo khóa đó.", "The figure has no such key."),
    "unknown-place": Title("Không có địa bàn này.", "No such place is known."),
    "unknown-rule-set": Title("Không có bộ tiêu chí này.", "No such rule set is known."),
    "cannot-judge": Title(
        "Lịch sử có loại sự việc mà chương trình này chưa biết.",
        "History holds an event that this program cannot read.",
    ),
    # ── Evidence ──
    "not-a-cosignature": Title("Đây không phải dòng chữ ký chứng kiến.", "These are no lines of cosignatures."),
    "not-covered-yet": Title("Chưa có điểm kiểm nào bao gồm phần này.", "No checkpoint covers this yet."),
    "unknown-witness": Title(
        "Không phải chữ ký của bên chứng kiến đã biết.", "Not a cosignature of a witness that is known here."
    ),
    # ── Upkeep of views ──
    "nothing-to-roll-back": Title("Không có bản trước để dùng lại.", "There is no earlier generation to go back to."),
    "rebuild-running": Title("Đang dựng lại, hãy chờ xong.", "A rebuild is under way already."),
    # ── Reading JSON ──
    "byte-order-mark": Title("Nội dung không được bắt đầu bằng dấu BOM.", "The body must not begin with a BOM."),
    "duplicate-key": Title("Một khóa xuất hiện hai lần.", "A key stands twice."),
    "lone-surrogate": Title("Có ký tự Unicode không trọn vẹn.", "A lone surrogate stands in a text."),
    "not-a-list": Title("Một lô phải là danh sách JSON.", "A batch must be a JSON array."),
    "not-an-object": Title("Phải là một đối tượng JSON.", "A JSON object is expected."),
    "not-json": Title("Nội dung không phải JSON.", "This is not JSON."),
    "not-utf8": Title("Nội dung không phải UTF-8.", "The body is not UTF-8."),
    "number-out-of-range": Title("Số không hợp lệ hoặc quá lớn.", "The number is not finite or too large."),
    "too-deep": Title("Lồng nhau quá sâu.", "Nested too deeply."),
    # ── Attributes and fields ──
    "bad-format": Title("Giá trị không đúng dạng.", "The value has not the right form."),
    "control-characters": Title("Văn bản trống hoặc có ký tự điều khiển.", "Blank text or control characters."),
    "incoherent": Title("Các giá trị không khớp với nhau.", "The values do not fit together."),
    "not-allowed": Title("Giá trị không được phép ở trường này.", "The value is not allowed here."),
    "not-in-list": Title("Giá trị không có trong danh sách.", "The value is not one of the list."),
    "out-of-range": Title("Số nằm ngoài khoảng cho phép.", "The number lies outside the range."),
    "required": Title("Thiếu trường bắt buộc.", "A required field is missing."),
    "set-by-service": Title("Trường này do dịch vụ tự ghi.", "This attribute is set by the service."),
    "too-long": Title("Giá trị quá dài.", "The value is too long."),
    "too-short": Title("Giá trị quá ngắn.", "The value is too short."),
    "unknown-attribute": Title("Có thuộc tính lạ.", "An attribute is unknown."),
    "unknown-field": Title("Có trường lạ.", "A field is unknown."),
    "wrong-type": Title("Giá trị không đúng kiểu.", "The value has the wrong type."),
    # ── What is posted ──
    "correction-of-correction": Title(
        "Đính chính phải mang loại của sự việc gốc.", "A correction carries the type of the root fact."
    ),
    "incomplete-document": Title(
        "Văn bản phải nêu đủ số, nơi ban hành, ngày; bản chụp phải nêu đủ loại, độ dài, SHA-256.",
        "A document needs number, issuer and date; its scan needs media type, length and SHA-256.",
    ),
    "not-a-correction": Title(
        "Chỉ đính chính và hủy mới nêu sự việc bị thay.", "Only a correction or voiding names what it replaces."
    ),
    "occurred-in-future": Title("Sự việc chưa xảy ra.", "The fact lies in the future."),
    "other-service": Title("Loại sự việc này thuộc dịch vụ khác.", "Another service takes this type of fact."),
    "personal-not-open": Title(
        "Loại sự việc này không nhận dữ liệu cá nhân.", "This type of event takes no personal data."
    ),
    "not-that-media": Title("Tệp không đúng loại đã nêu.", "The file is not of the type that was named."),
    "document-damaged": Title(
        "Bản chụp đã mất hoặc hư hỏng; hãy nộp lại.", "The scan is lost or damaged; file it again."
    ),
    "person-not-named": Title(
        "Dữ liệu cá nhân phải là của người mà sự việc nói đến, mỗi người một lần.",
        "Personal data must be of persons whom the fact is about, each once.",
    ),
    "time-differs": Title("Hai thời điểm không trùng nhau.", "The two times are not the same."),
    "unknown-event-type": Title("Không có loại sự việc này.", "No such type of fact exists."),
    "year-out-of-range": Title("Năm phải từ 1930 đến 9998.", "The year must lie between 1930 and 9998."),
    "zone-missing": Title("Thời điểm phải có múi giờ.", "An instant needs its zone."),
    # ── Rules of every service ──
    "already-replaced": Title("Sự việc đã được thay từ trước.", "The fact has been replaced already."),
    "busy": Title("Dịch vụ đang bận; hãy gửi lại sau.", "The service is busy; try again."),
    "ends-by-its-own-fact": Title(
        "Khóa và ủy nhiệm chấm dứt bằng sự việc riêng.", "Credentials and mandates end by facts of their own."
    ),
    "history-incomplete": Title(
        "Luồng chưa có đủ lịch sử để dựng lại; hãy thử lại sau.", "The streams lack history; try again later."
    ),
    "id-taken": Title("Mã sự việc đã dùng cho nội dung khác.", "The id stands with other content."),
    "no-mandate": Title("Không có ủy nhiệm cho đơn vị này.", "No mandate covers this unit."),
    "not-seen-yet": Title("Chưa nhận được dữ liệu liên quan; hãy gửi lại sau.", "Not seen here yet; try again."),
    "not-stored-because-of-others": Title(
        "Không ghi vì có dòng khác bị từ chối.", "Not stored because other lines were refused."
    ),
    "not-yours": Title("Chỉ nơi đã ghi mới được đính chính hoặc hủy.", "Only who posted a fact may replace it."),
    "other-type": Title("Đính chính phải cùng loại với sự việc gốc.", "The correction is of another type."),
    "outside-scope": Title("Đơn vị nằm ngoài phạm vi của khóa.", "The unit lies outside the key's scope."),
    "role-may-not": Title("Vai trò của khóa không được làm việc này.", "The key's role may not do this."),
    "stale-version": Title("Sự việc khác đã được ghi trước đó.", "The stream has moved on meanwhile."),
    "unknown-mandate": Title("Không có ủy nhiệm này.", "No such mandate is known."),
    "unknown-root": Title("Không tìm thấy sự việc gốc.", "The corrected fact is unknown."),
    "unknown-unit": Title("Không có đơn vị này.", "No such unit is known."),
    # ── Sheets ──
    **{f"sheet-{reason}": Title(*sentences) for reason, sentences in REASONS.items()},
}
