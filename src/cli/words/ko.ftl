# 모든 메시지는 한 문장이며 마침표로 끝나지 않습니다. `.hint`와 `.mend`는 해결 방법입니다.

## 단계

stage-parse = 명령 해석
stage-ask = 요청
stage-authorise = 권한 확인
stage-resolve = 계획 수립
stage-isolate = 격리
stage-connect = 네트워크 연결
stage-furnish = 파일 시스템 구성
stage-confine = 권한 제한
stage-verify = 검증
stage-run = 실행
stage-attach = 프로그램 연결

## 오류

hint = 도움말
code-system = '{ $object }'에 대한 { $verb } 작업에 실패했습니다: { $cause }
code-protocol = '{ $peer }'의 응답을 이해할 수 없습니다
code-version = 실행 중인 존과 통신할 수 없습니다: 존의 프로토콜 버전은 { $theirs }, 이 프로그램의 버전은 { $ours }입니다
    .hint = 다음 명령은 존의 프로그램을 모두 종료합니다: sepctl end { $zone }
code-too-long = 명령줄이 { $limit }바이트를 넘어 전달할 수 없습니다
code-no-profile = '{ $name }' 프로파일이 없습니다
    .hint = { $has-suggestion ->
        [no] 사용할 수 있는 프로파일: { $names }
       *[other] 이렇게 입력해 보십시오: { $suggestion }
    }
code-bad-profile = { $file }:{ $line }:{ $column }: { $sentence }
    .hint = { $has-suggestion ->
        [no] {""}
       *[other] 혹시 '{ $suggestion }'입니까?
    }
code-root = root로는 존을 만들 수 없습니다: 개인 모드는 일반 사용자를 보호합니다
    .hint = 프로그램을 사용할 사용자 계정으로 실행하십시오
code-foreign = '{ $path }' 경로를 사용할 수 없습니다: { $what ->
        [owner] 소유자가 다른 사용자입니다
        [mode] 다른 사용자가 쓸 수 있습니다
        [kind] 폴더가 아닙니다
        [link] 심볼릭 링크입니다
       *[other] { $what }
    }
    .hint = { $what ->
        [owner] 다음 명령을 실행하면 다른 이름으로 옮겨집니다: sudo mv -T '{ $path }' '{ $path }.aside'
       *[other] 다음 명령을 실행하면 다른 이름으로 옮겨집니다: mv -T '{ $path }' '{ $path }.aside'
    }
code-no-userns = 사용자 네임스페이스를 만들 수 없습니다: { $sentence }
    .hint = { $shape ->
        [sysctl] sudo sysctl -w kernel.unprivileged_userns_clone=1
        [limit] sudo sysctl -w user.max_user_namespaces=15000 user.max_net_namespaces=15000
        [apparmor] sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
        [apparmor-late] sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
        [container] 컨테이너 밖에서 실행하거나, 사용자 네임스페이스를 허용하는 seccomp 프로파일로 컨테이너를 실행하십시오(podman: --security-opt seccomp=파일)
       *[other] sepctl doctor
    }
code-layer = '{ $layer }' 보호 계층을 적용할 수 없습니다. 현재 커널: { $has-version ->
        [no] 지원하지 않음
       *[other] { $version }
    }
    .hint = sepctl doctor
code-lacking = '{ $layer }' 보호 계층이 프로파일의 요구보다 약합니다. 현재 커널: { $has-version ->
        [no] 지원하지 않음
       *[other] { $version }
    }
code-differs = 존이 계획과 달라 신뢰할 수 없습니다: '{ $what }' 항목의 예상 값은 '{ $expected }', 실제 값은 '{ $found }'입니다
code-plan-differs = 실행 중인 존 '{ $zone }'의 설정이 지금 설정과 다릅니다: { $difference }
    .hint = 다음 명령은 존의 프로그램을 모두 종료합니다: sepctl end { $zone }
code-not-found = 존에서 '{ $program }' 프로그램을 찾을 수 없습니다
    .hint = 프로그램을 /usr 또는 /opt 아래에 설치하십시오. 홈 폴더의 프로그램은 존에서 보이지 않습니다
code-not-executable = '{ $program }' 프로그램을 실행할 수 없습니다: { $cause }
code-bad-stdio = { $place }을(를) 존에 전달할 수 없습니다. 전달할 수 없는 종류: { $kind }
    .hint = 파이프를 사용하십시오: 명령 앞에 'cat 파일 |' 또는 뒤에 '| cat'을 붙이면 됩니다
code-busy = 프로그램을 더 시작할 수 없습니다: 존에서 이미 { $quota }개가 대기하고 있습니다
    .hint = 잠시 후 다시 시도하십시오
code-zone-ended = 프로그램 실행 중에 존이 종료되었습니다{ $has-why ->
        [no] {""}
       *[other] : { $why }
    }
code-no-tun = '/dev/net/tun' 장치를 사용할 수 없습니다: { $cause }
    .hint = { $what ->
        [missing] sudo mkdir -p /dev/net && sudo mknod -m 0666 /dev/net/tun c 10 200
        [mode] sudo chmod 0666 /dev/net/tun
        [module] sudo modprobe tun
       *[other] sepctl doctor
    }
code-no-display = '{ $program }' 프로그램의 창을 열 수 없습니다: Wayland 디스플레이가 없습니다
    .hint = 창 없이 실행하려면: { $self } { $profile } { $program } --headless --screenshot /tmp/page.png about:blank
code-packaged = '{ $program }' 프로그램을 존에서 실행할 수 없습니다: 자체 샌드박스를 쓰는 { $kind } 패키지입니다
    .hint = 배포판의 일반 패키지로 설치하십시오
code-usage = { $text ->
        [missing] 필요한 항목이 빠졌습니다: { $switch }
        [no-value] { $switch } 옵션에는 값이 필요합니다
        [bad-value] { $switch }에 쓸 수 없는 값입니다: '{ $value }'
        [value] { $switch } 옵션에는 값을 쓸 수 없습니다
        [too-many] { $switch } 옵션을 두 번 썼습니다
        [conflict] { $switch } 옵션과 { $value } 옵션은 함께 쓸 수 없습니다
       *[other] 사용법이 올바르지 않습니다: { $text }
    }
    .hint = { $self } --help
code-unknown-switch = { $has-verb ->
        [no] { $self }
       *[yes] { $verb }
    }에 없는 옵션 또는 명령입니다: '{ $switch }'
    .hint = { $has-suggestion ->
        [no] { $has-verb ->
            [no] { $self } --help
           *[yes] { $verb } --help
        }
       *[other] 이렇게 입력해 보십시오: { $suggestion }
    }
code-no-profile-named = 프로파일을 지정하지 않았습니다
    .hint = sep-run internet firefox
code-late-switch = '{ $switch }' 옵션이 프로파일 뒤에 있습니다. 프로파일 뒤는 실행할 프로그램의 자리입니다
    .hint = { $has-command ->
        [no] sep-run --help
       *[other] 이렇게 입력해 보십시오: { $command }
    }
code-notify = 바탕 화면 알림을 표시할 수 없습니다: { $why }
code-not-enforced = { $why ->
        [absent] 메모리, 프로세스, CPU 한도를 적용할 수 없습니다: 이 사용자의 systemd가 실행되고 있지 않습니다. 자세히 보기: sepctl doctor
        [refused] 메모리, 프로세스, CPU 한도를 적용할 수 없습니다: 사용자의 systemd가 범위(scope)를 만들어 주지 않았습니다. 자세히 보기: sepctl doctor
        [service] 메모리, CPU 한도를 적용할 수 없습니다: sep-zones.service가 실행되고 있지 않습니다
        [hierarchy] 메모리, CPU 한도를 적용할 수 없습니다: 존에 쓸 cgroup 계층이 없습니다. 부팅 옵션 systemd.unified_cgroup_hierarchy=1을 주면 생깁니다
       *[other] 메모리, 프로세스, CPU 한도 가운데 적용할 수 없는 것이 있습니다: { $why }{ $has-cause ->
            [no] {""}
           *[other] {" "}({ $cause })
        }
    }
    .hint = { $has-mend ->
        [no] {""}
       *[other] 이 명령으로 적용할 수 있습니다: { $mend }
    }
code-not-recorded = 감사 기록 '{ $path }'에 쓸 수 없습니다: { $cause }
    .hint = 남은 공간과 소유자를 확인하는 명령입니다: df -h '{ $path }' && ls -l '{ $path }'
code-bad-time = '{ $text }'은(는) 올바른 시각이 아닙니다
    .hint = sepctl log --since 2h
code-no-home = '{ $path }'에 존을 보관할 수 없습니다: 사용자 본인의 폴더가 아닙니다
    .hint = HOME을 본인의 폴더로 지정하십시오('su -'나 'sudo -i'로 들어오면 저절로 지정됩니다)
code-bad-name = '{ $name }' 항목을 옮길 수 없습니다: { $what ->
        [dots] 다른 폴더를 가리키는 이름입니다. 경로는 존의 홈 폴더에서 시작하며 '..'은 쓸 수 없습니다
        [outside] 존의 홈 폴더 밖에 있습니다. 존의 홈 폴더에 있는 것만 꺼낼 수 있습니다
        [control] 이름에 터미널을 제어하거나 글의 방향을 바꾸는 문자가 있습니다
        [text] 이름이 UTF-8이 아닙니다
        [long] 이름이 너무 깁니다
        [empty] 이름이 비어 있습니다
       *[other] { $what }
    }
code-bad-kind = '{ $path }' 항목을 옮길 수 없습니다: { $kind ->
        [file] 일반 파일입니다
        [folder] 폴더입니다
        [link] 심볼릭 링크입니다
        [fifo] 이름 있는 파이프입니다
        [socket] 소켓입니다
        [device] 장치입니다
       *[other] { $kind }
    }
    .hint = { $kind ->
        [folder] -r 옵션을 쓰면 폴더를 내용과 함께 옮깁니다
       *[other] {""}
    }
code-exists = '{ $path }' 항목이 이미 있습니다
    .hint = --force 옵션을 쓰면 덮어씁니다
code-twin = '{ $path }' 항목을 옮길 수 없습니다: 유니코드 정규화 형식만 다른 같은 이름이 폴더에 있습니다
code-changed = '{ $path }' 파일이 읽는 도중에 바뀌었습니다
    .hint = 파일에 쓰는 프로그램이 끝난 뒤 다시 시도하십시오
code-too-many = '{ $path }' 폴더를 모두 처리할 수 없습니다: { $what ->
        [depth] 폴더가 { $limit }단계보다 깊습니다
       *[other] 항목이 { $limit }개보다 많습니다
    }
code-interrupted = 중단되었습니다
code-not-folder = '{ $path }' 경로는 파일을 넣을 수 있는 폴더가 아닙니다
code-not-running = '{ $zone }' 존은 실행 중이 아닙니다
    .hint = 실행 중인 존 보기: sepctl status
code-still-running = '{ $zone }' 존이 실행 중입니다. 이 작업은 멈춘 존에만 할 수 있습니다
    .hint = 존의 프로그램에 종료 요청: sepctl stop { $zone }
code-unconfirmed = 표준 입력이 터미널이 아니어서 확인을 받을 수 없습니다
    .hint = 그대로 진행하려면: { $command }
code-not-in-home = '{ $zone }' 존의 홈 폴더에 '{ $name }' 항목이 없습니다
code-no-snapshot = '{ $zone }' 존에 '{ $name }' 스냅숏이 없습니다
    .hint = 있는 스냅숏 보기: sepctl snapshot list { $zone }
code-snapshot-exists = '{ $zone }' 존에 '{ $name }' 스냅숏이 이미 있습니다
    .hint = 다음 명령은 그 스냅숏을 삭제합니다: sepctl snapshot remove { $zone } { $name }
code-editor-failed = 편집기 '{ $editor }'이(가) 정상적으로 끝나지 않았습니다: { $how }
    .hint = 다른 편집기 쓰기: EDITOR=vi
code-not-admitted = 소속 기관이 '{ $profile }' 프로파일 사용을 허용하지 않았습니다
code-not-allowed = { $what ->
        [program] '{ $word }' 프로그램은 프로파일의 허용 목록에 없습니다
        [switch] '{ $word }' 존은 소속 기관이 관리하므로 스위치으로 바꿀 수 없습니다
        [argument] 프로파일이 '{ $word }' 인수를 허용하지 않습니다
       *[stdio] 프로파일이 '{ $word }'에 터미널이나 파일, 파이프를 연결하는 것을 허용하지 않습니다
    }
code-no-broker = 이 PC의 존 서비스({ $socket })가 응답하지 않습니다: { $cause }
code-no-uplink = '{ $profile }' 존에 네트워크 카드를 줄 수 없습니다: { $what ->
        [addresses] 사이트 파일에 정해 둔 존 주소를 모두 사용하고 있습니다
        [card] 이 PC의 인터넷용 네트워크 카드가 없습니다
       *[none] 소속 기관이 이 PC에 인터넷 업링크를 정해 두지 않았습니다
    }
code-no-lease = 존의 네트워크 카드에 쓸 주소를 받지 못했습니다: { $why ->
        [business] { $seconds }초 동안 DHCP 서버가 업무망 주소만 제안했습니다
        [gateway] { $seconds }초 동안 DHCP 서버가 연결 가능한 라우터와 함께 주소를 제안하지 않았습니다
        [address] { $seconds }초 동안 DHCP 서버가 카드에 쓸 수 없는 주소만 제안했습니다
        [short] { $seconds }초 동안 DHCP 서버가 몇 초만 쓸 수 있는 주소를 제안했습니다
       *[silent] { $seconds }초 동안 응답한 DHCP 서버가 없습니다
    } (업링크 '{ $uplink }', 카드 { $nic })
    .hint = 해당 카드의 케이블과 망 상태를 확인하거나, PC 관리자에게 사이트 파일로 주소를 지정("static")해 달라고 요청하십시오
code-no-business = 사이트 파일에 적힌 업무망 네트워크 카드가 이 PC에 없습니다. 이대로 방화벽을 켜면 모든 통신이 막힙니다
code-no-trial = 시험 중인 방화벽이 없습니다. 이미 확정되었거나 이전 상태로 되돌아갔습니다
code-no-guard = 이 PC에 방화벽이 없어 따로 열 곳이 없습니다. 올리기: sepctl guard apply
code-not-open = 열려 있지 않은 목적지입니다: { $place }. 열린 목적지 보기: sepctl guard status
code-crowded = { $what ->
        [minute] 1분 동안 실행을 { $quota }번 요청했습니다. 잠시 후 다시 시도하십시오
        [all] 이 PC의 사용자들이 요청한 실행 { $quota }건을 이미 처리하고 있습니다
       *[once] 이미 실행 요청 { $quota }건을 처리하고 있습니다
    }

## 커널에 요청한 작업과 그 대상(code-system). 영어는 코드의 단어를 그대로 씁니다

verb-answer = 응답
verb-ask-for = 조회
verb-bind = 바인드
verb-block = 차단
verb-bring-up = 활성화
verb-change-the-root-to = 루트 변경
verb-clear = 초기화
verb-close = 닫기
verb-configure = 설정
verb-connect-to = 연결
verb-cover = 가리기
verb-create = 생성
verb-detach = 분리
verb-empty = 비우기
verb-drop = 제거
verb-enter = 진입
verb-keep = 유지
verb-raise = 활성화
verb-examine = 검사
verb-find = 찾기
verb-fork = 프로세스 생성
verb-hear-from = 수신
verb-install = 설치
verb-join = 참여
verb-limit = 제한
verb-link = 링크 생성
verb-listen = 수신 대기
verb-listen-on = 수신 대기
verb-load = 적용
verb-lock = 잠금
verb-look-at = 확인
verb-make = 생성
verb-make-private = 비공개 전환
verb-make-read-only = 읽기 전용 전환
verb-make-session-for = 세션 생성
verb-make-socket-pair-for = 소켓 쌍 생성
verb-complete = 마무리
verb-copy = 복사
verb-reset = 초기화
verb-edit = 편집
verb-mount = 마운트
verb-move = 이동
verb-open = 열기
verb-prepare = 준비
verb-reach = 접속
verb-read = 읽기
verb-remove = 삭제
verb-rename = 이름 변경
verb-replace = 교체
verb-restrict = 제한
verb-send-to = 전송
verb-set = 설정
verb-set-no-new-privs-for = 권한 상승 금지 설정
verb-signal = 시그널 보내기
verb-start = 시작
verb-stop = 중지
verb-stop-tracing-of = 추적 금지
verb-take = 점유
verb-take-descriptor = 디스크립터 인수
verb-reset-signals-of = 시그널 초기화
verb-take-signals-of = 시그널 수신
verb-unmount = 마운트 해제
verb-use = 사용
verb-wait = 대기
verb-wait-for = 대기
verb-watch = 감시
verb-write = 쓰기
verb-end = 종료

thing-the-script = 스크립트
thing-this-program = 이 프로그램의 위치
thing-a-builder = 빌더
thing-sepd = sepd
thing-the-card = 네트워크 카드
thing-the-guard = PC 방화벽
thing-the-pc-s-network = PC의 네트워크
thing-the-zone-s-network = 존의 네트워크
thing-uplink = 업링크
thing-capabilities = 커널 권한
thing-clients = 클라이언트
thing-group-id = 그룹 ID
thing-groups = 보조 그룹
thing-signals = 시그널
thing-the-peer-s-groups = 요청자의 그룹
thing-user-id = 사용자 ID
thing-a-capability-set = 커널 권한 집합
thing-a-new-session-keyring = 새 세션 키링
thing-a-session = 세션
thing-a-socket-pair = 소켓 쌍
thing-client = 클라이언트
thing-connection = 연결
thing-descriptors = 디스크립터
thing-dialer = 연결 프로세스
thing-events = 이벤트
thing-job = 작업
thing-host-name = 호스트 이름
thing-links = 링크 목록
thing-limits = 한도
thing-listener = 수신 소켓
thing-process = 프로세스
thing-program = 프로그램
thing-programs = 프로그램
thing-proxy = 디스플레이 프록시
thing-pump = 입출력 중계
thing-resources = 자원
thing-seccomp-filter = seccomp 필터
thing-session = 세션
thing-sockets = 소켓
thing-stdin-and-stdout = 표준 입출력
thing-stdout = 표준 출력
thing-terminal = 터미널
thing-the-broker = 브로커
thing-the-command-line = 명령줄
thing-the-pc-s-file-system = PC의 파일 시스템
thing-the-relay = 중계기
thing-the-scribe = 기록 프로세스
thing-the-agent = 주소 관리 프로세스
thing-the-builder = 빌더
thing-the-address = 주소
thing-the-clock = 시계
thing-a-timer = 타이머
thing-a-packet-socket = 패킷 소켓
thing-resolv-conf = resolv.conf
thing-the-socket = 소켓
thing-the-zone = 존
thing-the-zones = 존
thing-the-zone-s-init = 존의 init
thing-zone = 존
thing-zone-firewall = 존의 방화벽

## 오류 안에 들어가는 말: 상대, 종류, 이유(영어는 코드의 단어를 그대로 씁니다)

word-the-zone = 존
word-broker = 브로커
word-nothing = 없음
word-the-guard = PC 방화벽
word-client = 클라이언트
word-init = 존의 init
word-builder = 네임스페이스를 만드는 프로세스
word-stdin = 표준 입력
word-stdout = 표준 출력
word-stderr = 표준 오류
word-path = 경로만 가리키는 디스크립터
word-directory = 폴더
word-anonymous = 이름 없는 커널 객체
word-unknown = 알 수 없는 종류
word-named-pipe = 이름 있는 파이프
word-file = 파일
word-socket = 소켓
word-device = 장치
word-keyring = 세션 키링
word-memory--processes--cpu = 메모리, 프로세스, CPU
word-nftables-with-nat-and-redirect--inet-family- = 주소 변환을 포함한 nftables(inet)
word-capabilities = 커널 권한
word-capabilities-of-the-relay = 중계기의 커널 권한
word-capabilities-of-the-agent = 주소 관리 프로세스의 커널 권한
word-host-name = 호스트 이름
word-links-that-are-up = 활성화된 네트워크 인터페이스
word-mount-- = / 마운트
word-a-new-one = 새 마운트
word-its-own = 존 전용
word-the-pc-s = PC의 것
word-none = 없음
word-some = 있음
word-error = 오류
word-nothing-of-it = 전혀 지원하지 않음
word-not-all-of-it = 일부만 지원함
word-sep-desktop-can-not-be-started = sep-desktop을 시작할 수 없습니다
word-the-scope-can-not-be-read = scope를 확인할 수 없습니다
word-the-scope-lacks-a-limit = scope에 적용되지 않은 제한이 있습니다({ $rest })
word-the-controllers-can-not-be-given = 컨트롤러를 켤 수 없습니다
word-the-cgroup-can-not-be-made = cgroup을 만들 수 없습니다
word-the-cgroup-lacks-a-limit = cgroup에 적용되지 않은 제한이 있습니다({ $rest })
word-no-controller = 컨트롤러가 없습니다({ $rest })
word-cgroup = cgroup
word-the-process-was-not-moved = 프로세스가 scope로 옮겨지지 않았습니다
word-no-answer = 응답이 없습니다
word-status = 종료 코드 { $rest }
word-signal = 시그널 { $rest }
word-not-loaded = 다음 주소를 열지 못했습니다: { $rest }
word-not-opened = 다음 파일을 열지 못했습니다: { $rest }

## JSON을 읽는 라이브러리의 말

word-eof-while-parsing-a-list = 목록이 끝나기 전에 파일이 끝났습니다
word-eof-while-parsing-an-object = 객체가 끝나기 전에 파일이 끝났습니다
word-eof-while-parsing-a-string = 문자열이 끝나기 전에 파일이 끝났습니다
word-eof-while-parsing-a-value = 값이 있어야 할 곳에서 파일이 끝났습니다
word-expected---- = 콜론(:)이 있어야 합니다
word-expected-----or---- = 쉼표 또는 닫는 괄호가 있어야 합니다
word-expected-ident = true, false 또는 null이 있어야 합니다
word-expected-value = 값이 있어야 합니다
word-invalid-escape = 백슬래시 뒤의 문자가 잘못되었습니다
word-invalid-number = 숫자가 올바르지 않습니다
word-number-out-of-range = 숫자가 너무 큽니다
word-invalid-unicode-code-point = 잘못된 유니코드 번호입니다
word-control-character---u0000--u001f--found-while-parsing-a-string = 문자열 안에 제어 문자가 있습니다
word-key-must-be-a-string = 키는 큰따옴표로 묶어야 합니다
word-lone-leading-surrogate-in-hex-escape = 짝이 없는 \u 표기입니다
word-trailing-comma = 마지막 항목 뒤에 쉼표가 있습니다
word-unexpected-end-of-hex-escape = \u 표기가 끝나지 않았습니다

## 오래 걸리는 실행

making-zone = '{ $zone }' 존을 만드는 중

## 프로그램의 인수에 있는 PC의 파일

outside = '{ $path }' 항목은 PC에 있고 존에는 없습니다{ $has-command ->
        [no] {""}
       *[other] . 존에 넣는 명령: { $command }
    }
outside-of-memory = '{ $path }' 항목은 PC에 있고 존에는 없습니다{ $has-command ->
        [no] {""}
       *[other] . 존이 실행 중일 때 넣는 명령: { $command }
    }

## 오래된 커널의 Landlock이 하지 못하는 것

landlock-lost = 이 커널의 Landlock(ABI { $abi })이 제한하지 못하는 동작: { $lost }
landlock-truncate = 파일 자르기
landlock-ports = 포트에서 연결 기다리기
landlock-devices = 장치 제어
landlock-scopes = 추상 소켓 연결과 시그널
landlock-sockets = 공유 폴더의 소켓 연결

## 홈이 메모리에 있는 존의 끝

farewell-title = { $zone } 존이 끝나면 다음 다운로드도 함께 사라집니다:
farewell-file = { $name }{ $has-size ->
        [no] {""}
       *[other] {" "}({ $size })
    }
farewell-more = 외 { $count }개
farewell-keep = 다른 터미널에서 다음 명령으로 보관할 수 있습니다: { $command }
farewell-enter = Enter 키를 누르면 존이 끝납니다.
farewell-lost = { $zone } 존과 함께 사라졌습니다: { $names }{ $has-more ->
        [no] {""}
       *[other] {" "}{ $more }
    }

## sepctl ls, get, put

files-moved = { $from } -> { $to } ({ $size })
files-same = { $from } -> { $to } ({ $size }, 이미 있음)
files-kind-file = 파일
files-kind-folder = 폴더
files-kind-link = 링크
files-kind-fifo = 파이프
files-kind-socket = 소켓
files-kind-device = 장치

## 프로파일 파일의 문제

problem-byte-order-mark = 파일이 바이트 순서 표식(BOM)으로 시작합니다. BOM 없는 UTF-8로 저장하십시오
problem-not-text = 이 바이트는 UTF-8이 아닙니다
problem-too-large = 파일이 { $expected }바이트보다 큽니다
problem-too-deep = 목록과 객체가 너무 깊이 중첩되어 있습니다
problem-syntax = JSON 문법에 맞지 않습니다: { $expected }
problem-trailing-text = 프로파일이 끝난 뒤에 다른 내용이 있습니다
problem-duplicate-key = '{ $word }' 키가 중복되었습니다. 처음 나온 곳은 { $expected }행입니다
problem-unknown-key = 알 수 없는 키 '{ $word }'입니다. 여기에 쓸 수 있는 키: { $expected }
problem-unknown-value = 알 수 없는 값 '{ $word }'입니다. 쓸 수 있는 값: { $expected }
problem-wrong-type = 값의 종류가 다릅니다. 있는 값: { $word ->
        [bool] true/false
        [number] 숫자
        [fraction] 소수
        [text] 문자열
        [list] 목록
        [object] 객체
        [null] null
       *[other] 다른 종류
    }, 필요한 값: { $expected ->
        [bool] true 또는 false
        [number] 정수
        [list] 목록
        [object] 객체
       *[other] 문자열
    }
problem-out-of-range = { $word }: 허용 범위 { $expected }에서 벗어났습니다
problem-bad-value = '{ $word }' 값이 올바르지 않습니다. 필요한 값: { $expected ->
        [name] 영문자, 숫자, '-'로 된 32자 이하의 이름
        [prefix] 10.20.0.0/16과 같은 네트워크 대역
        [address] 203.0.113.1과 같은 IPv4 주소
        [argument] 인수: 낱말 그대로, 웹 주소는 <url>, 무엇이든 허용하려면 <any>
        [login] 사용자 또는 그룹의 이름이나 번호
        [mac] 02:00:00:0a:00:01과 같은 네트워크 카드 주소
        [place] 203.0.113.50/24와 같이 네트워크 길이를 붙인 IPv4 주소
        [uplink] 사이트 파일에 있는 업링크 이름
        [addressing] "static"과 "dhcp" 중 하나만 있는 업링크
        [destination] 192.168.7.9:631과 같은 네트워크 대역 또는 주소(포트는 선택)
        [domain] example.org와 같은 도메인 이름
        [nic] 네트워크 인터페이스 이름
        [program] 프로그램의 이름 또는 절대 경로
        [folder] 공개해도 되는 폴더의 절대 경로(홈, /run, /dev, /etc 등은 제외)
        [variable] 프로파일에서 설정할 수 있는 환경 변수
       *[other] 한 줄의 문자열
    }
problem-wrong-name = 프로파일의 이름은 '{ $word }'인데 파일의 이름은 '{ $expected }'입니다

## 옵션

code-bad-switch = { $switch }: { $sentence }
    .hint = { $has-suggestion ->
        [no] {""}
       *[other] 혹시 '{ $suggestion }'입니까?
    }

code-script-failed = '{ $script }' 스크립트가 작업을 마치지 못했습니다: { $said }

switch-no-network = 이 존에는 네트워크가 없어 '{ $word }' 값을 쓸 수 없습니다
switch-names-open = 이 프로파일에서는 '{ $word }'을(를) 포함한 모든 도메인 이름을 이미 조회할 수 있습니다
switch-assignment = '{ $word }'은(는) TZ=Asia/Seoul과 같은 '변수=값' 형식이 아닙니다
switch-share = '{ $word }' 폴더는 공유할 수 없습니다. 홈 폴더 전체와 그 안의 숨김 폴더에는 키와 설정이 있고, /run, /dev, /etc 등은 PC 자체의 폴더입니다. ~/Documents처럼 홈 폴더 안의 폴더는 공유할 수 있습니다
switch-zone-name = '{ $word }'은(는) 존 이름으로 너무 깁니다: 32자까지 쓸 수 있습니다

## 사용자 네임스페이스가 거부된 이유

userns-sysctl = 이 시스템에서는 root만 만들 수 있습니다(kernel.unprivileged_userns_clone이 0)
userns-container = { $cause }. 컨테이너의 seccomp 필터 또는 chroot 환경이 금지합니다
userns-limit = user.max_user_namespaces 한도가 0이거나 모두 사용되었습니다
userns-apparmor = AppArmor가 이 프로그램에 허용하지 않습니다
userns-apparmor-late = AppArmor가 만들게는 하지만 권한을 제거합니다(Ubuntu의 제한)
userns-missing = 이 커널에는 없는 기능입니다
userns-other = { $cause }

## 커널의 응답

errno-EPERM = 허용되지 않은 작업입니다
errno-ENOENT = 파일이나 폴더가 없습니다
errno-EIO = 입출력 오류가 발생했습니다
errno-EBADF = 잘못된 디스크립터입니다
errno-EAGAIN = 지금은 할 수 없으니 다시 시도하십시오
errno-ENOMEM = 메모리가 부족합니다
errno-EACCES = 접근 권한이 없습니다
errno-EBUSY = 사용 중입니다
errno-EEXIST = 이미 있습니다
errno-ENODEV = 장치가 없습니다
errno-ENOTDIR = 폴더가 아닙니다
errno-EISDIR = 폴더입니다
errno-EINVAL = 잘못된 인수입니다
errno-EMFILE = 열린 파일이 너무 많습니다
errno-ENOSPC = 남은 공간이 없습니다
errno-EROFS = 읽기 전용 파일 시스템입니다
errno-EPIPE = 상대편이 연결을 닫았습니다
errno-ENAMETOOLONG = 이름이 너무 깁니다
errno-ENOSYS = 이 커널에 없는 시스템 호출입니다
errno-ELOOP = 심볼릭 링크가 너무 많습니다
errno-ENOEXEC = 이 컴퓨터에서 실행할 수 있는 형식이 아닙니다
errno-EPROTONOSUPPORT = 지원하지 않는 프로토콜입니다
errno-EOPNOTSUPP = 지원하지 않는 기능입니다
errno-EADDRINUSE = 이미 사용 중인 주소입니다
errno-EADDRNOTAVAIL = 사용할 수 없는 주소입니다
errno-ENETUNREACH = 네트워크에 연결할 수 없습니다
errno-ECONNREFUSED = 연결이 거부되었습니다
errno-ECONNRESET = 연결이 끊어졌습니다
errno-ETIMEDOUT = 시간이 초과되었습니다
errno-EHOSTUNREACH = 호스트에 연결할 수 없습니다
errno-EUSERS = 사용자가 너무 많습니다

## sepctl explain

explain-title = '{ $zone }' 존: { $description }
explain-files-read = 사용한 파일: { $list }
explain-origin-default = 기본값
explain-origin-host = 이 PC의 정보
explain-origin-always = 모든 존 공통
explain-origin-mode = 개인 모드
explain-origin-switch = 명령줄

explain-section-who = 사용자와 위치
explain-person = 프로그램은 { $name } 사용자로 실행됩니다(uid { $uid }, gid { $gid })
explain-hostname = 호스트 이름은 { $name }입니다
explain-home = 홈 폴더 { $inside }의 실제 위치는 { $outside }이며, 원래 홈 폴더는 보이지 않습니다
explain-home-memory = 홈 폴더 { $inside }은(는) 메모리에 있고(최대 { $mib } MiB) 존이 끝나면 사라집니다
explain-runtime = 소켓과 잠금 파일의 위치: { $path }
explain-audit = 감사 기록의 위치: { $path }

explain-section-files = 파일
explain-read-only = PC의 { $path } 폴더를 읽기 전용으로 볼 수 있습니다
explain-shared = PC의 { $path } 폴더가 { $inside }에 있으며, 프로그램이 바꿀 수 있습니다. 프로그램이 넣은 파일은 PC의 다른 프로그램도 읽게 됩니다
explain-shared-read-only = PC의 { $path } 폴더를 { $inside }에서 읽기 전용으로 볼 수 있습니다
explain-etc = /etc는 존 전용이며, PC에 있는 다음 { $count }개 항목만 복사됩니다: { $list }
explain-exec-home = { $yes ->
        [yes] 홈 폴더에 있는 프로그램을 실행할 수 있습니다
       *[no] 홈 폴더에 있는 프로그램은 실행할 수 없습니다
    }
explain-gpu = { $yes ->
        [yes] GPU를 그래픽 처리에 사용할 수 있습니다
       *[no] GPU를 사용할 수 없습니다
    }
explain-scratch = /tmp와 /dev/shm은 각각 { $mib }MiB, /run은 16MiB이며 존이 끝나면 사라집니다

explain-section-programs = 프로그램
explain-program = '{ $name }': 다음 중 설치되어 있는 첫 번째 프로그램을 뜻합니다: { $list }
explain-program-any = PC의 다른 프로그램도 이름이나 경로를 지정해 실행할 수 있습니다

explain-section-seals = 보호 계층
explain-always = 권한 상승 금지, 커널 권한(capability) 없음, seccomp 필터, 전용 네임스페이스: 어떤 프로파일도 해제할 수 없습니다
explain-nested = { $yes ->
        [yes] 프로그램이 사용자 네임스페이스를 만들 수 있습니다(브라우저의 자체 샌드박스에 필요)
       *[no] 프로그램이 사용자 네임스페이스를 만들 수 없습니다
    }
explain-landlock = Landlock ABI { $abi } 이상이 필요합니다
explain-optional = 커널이 지원하지 않더라도 '{ $layer }' 계층은 경고만 하고 계속합니다

explain-section-limits = 자원 한도
explain-memory = 존 전체의 메모리: { $value }MiB
explain-no-memory = 존 전체의 메모리: 제한 없음
explain-processes = 존 전체의 프로세스와 스레드 수: { $value }
explain-no-processes = 존 전체의 프로세스와 스레드 수: 제한 없음
explain-cpu = CPU 가중치: { $value }(다른 프로그램은 100)
explain-no-cpu = CPU 가중치: 다른 프로그램과 같음
explain-open-files = 프로그램별로 열 수 있는 파일 수: { $value }
explain-no-open-files = 프로그램별로 열 수 있는 파일 수: 존의 제한 없음
explain-limits-by = { $managed ->
        [yes] 메모리, 프로세스, CPU 한도는 루트가 소유한 존 전용 cgroup으로 적용합니다
       *[no] 메모리, 프로세스, CPU 한도는 사용자의 systemd가 범위(scope)를 만들어 줄 때 그 범위로 적용합니다
    }
explain-limits-required = { $yes ->
        [yes] 한도를 적용할 수 없으면 아무것도 시작하지 않습니다
       *[no] 한도를 적용할 수 없으면 그 사실을 알리고 시작합니다
    }

explain-section-network = 네트워크
explain-card-none = 네트워크가 없으며 존 안의 루프백만 있습니다
explain-card-macvlan = PC 자신은 연결되어 있지 않은 업링크 { $uplink }에 전용 네트워크 카드를 가집니다
explain-card-address = 카드의 MAC 주소는 { $mac }, IP 주소는 { $address }입니다
explain-card-dhcp = 카드의 MAC 주소는 { $mac }이며, 그 망의 DHCP 서버에서 { $seconds }초 안에 IP 주소를 받습니다(서버에 알리는 이름: { $host })
explain-card-relay = 모든 연결은 하나씩 허용 여부를 판단하는 중계기를 거쳐 나갑니다
explain-uplink = PC의 { $nic } 인터페이스로만 나갑니다
explain-no-uplink = PC의 라우팅을 그대로 따라 나갑니다
explain-closed = 이 PC 자신과 사설·로컬 주소로는 연결할 수 없습니다
explain-business = 다른 설정과 관계없이 차단되는 업무망 대역: { $list }
explain-business-cards = 업무망 네트워크 카드로 나가는 연결은 모두 막습니다: { $list }
explain-allow = 사설 주소이지만 허용되는 대역: { $list }
explain-deny = 추가로 차단되는 대역: { $list }
explain-names-all = 모든 도메인 이름을 조회할 수 있습니다
explain-names-none = 도메인 이름을 조회할 수 없습니다
explain-names-allowed = 다음 도메인과 그 하위 도메인만 조회할 수 있습니다: { $list }
explain-names-denied = 다음 도메인은 조회할 수 없습니다(IP 주소를 직접 쓰는 연결은 막지 못하는 참고용 설정): { $list }
explain-log = { $all ->
        [yes] 모든 연결을 기록합니다
       *[no] 거부된 연결을 기록합니다
    }

explain-section-desktop = 데스크톱
explain-display = { $yes ->
        [yes] 창은 디스플레이 프록시를 거쳐 표시되며 PC의 소켓을 직접 쓰지 않습니다
       *[no] 창을 열 수 없습니다
    }
explain-bus = { $yes ->
        [yes] 존 전용 메시지 버스가 있습니다
       *[no] 메시지 버스가 없습니다
    }

explain-section-env = 환경 변수
explain-travels = 사용자의 셸에서 전달되는 변수는 다음뿐입니다: { $list }
explain-travels-none = 사용자의 셸에서 전달되는 변수는 없습니다
explain-variable = { $name }={ $value }

explain-section-mode = 이 모드에서 보장하지 않는 것
explain-mode-personal = 개인 모드는 프로그램으로부터 사용자를 보호할 뿐, 사용자로부터 조직을 보호하지는 않습니다. 사용자의 다른 프로그램은 존에 접근할 수 있습니다
explain-mode-host = 이 PC 자체의 인터넷 접속은 막지 않습니다
explain-mode-groups = 사용자의 보조 그룹 권한이 존 안에서도 유효합니다
explain-mode-sysfs = /sys가 없습니다
explain-mode-frame = 창에 색 테두리를 표시하는 기능은 아직 없습니다
explain-mode-x11 = X11 프로그램의 창은 아직 표시할 수 없습니다
explain-mode-sound = 소리는 아직 지원하지 않습니다
explain-mode-clipboard = 존 안팎으로 클립보드를 주고받는 기능은 아직 없습니다

## sepctl log

log-time = 시각
log-zone = 존
log-event = 구분
log-what = 내용
log-kind-refused = 차단
log-kind-connection = 연결
log-kind-suppressed = 생략
log-kind-failed = 네트워크 오류
log-kind-launch = 실행
log-kind-launch-refused = 실행 거부
log-kind-ended = 종료
log-kind-file = 파일
log-kind-reset = 초기화
log-kind-restored = 복원
log-kind-guard = 방화벽
log-kind-address = 주소
log-kind-continued = 이어짐
log-refused = { $program } → { $target }, 차단한 규칙: { $rule }
log-connection = { $program } → { $target }, 보냄 { $up }, 받음 { $down }, { $seconds }초
log-suppressed = 너무 많아 하나씩 기록하지 않은 이벤트 { $count }건
log-failed = 존의 네트워크 프로세스가 계속할 수 없었습니다: { $rule }
log-launch = { $program }{ $has-switches ->
        [no] {""}
       *[yes] {" "}(추가 허용: { $switches })
    }
log-launch-refused = { $program }: { $sentence }
log-ended = { $program }: { $how ->
        [status] 종료 상태 { $number }
        [signal] 시그널 { $number }
       *[other] { $sentence }
    }, { $seconds }초
log-file = { $direction ->
        [in] 존 안으로
       *[out] 존 밖으로
    }: { $path }, { $size }, SHA-256 { $sha256 }
log-reset = 홈 폴더를 비우고 새로 시작: 항목 { $count }개, { $size }
log-restored = 스냅숏 { $path }(으)로 홈 폴더를 되돌림
log-guard = { $verb ->
        [remove] PC 방화벽을 내림: { $reason }
        [report-only] 막지 않고 보고만 하는 PC 방화벽을 올림
        [try] PC 방화벽을 시험 삼아 올림, 기간 { $within }
        [confirm] 시험하던 PC 방화벽을 확정함
        [revert] 시험하던 PC 방화벽을 확정한 사람이 없어 이전 상태로 되돌림
        [boot] PC가 시작되어 방화벽을 올림
        [restore] 달라진 PC 방화벽을 되돌림: { $reason }
        [fail] PC 방화벽을 제대로 유지하지 못함: { $sentence }
        [open] { $place } 열기, 기간 { $within }: { $reason }
        [close] { $place } 닫음
        [closed] 기간이 끝나 { $place } 닫음: { $reason }
        [dropped] { $place ->
            [entering] { $reason }에서 { $target }(으)로 들어오는 패킷을 방화벽이 차단
            [passing] { $reason }에서 { $target }(으)로 지나가는 패킷을 방화벽이 차단
           *[leaving] { $target }(으)로 나가는 패킷을 방화벽이 차단
        }
       *[apply] PC 방화벽을 올림
    }
guard-state = { $state ->
        [whole] PC 방화벽이 작동하고 있습니다. 업무망 네트워크 카드로만 통신할 수 있습니다
        [report-only] PC 방화벽이 보고만 합니다. 막을 패킷을 세기만 하고 아무것도 막지 않습니다. 막으려면: sepctl guard apply
        [absent] PC 방화벽이 없습니다{ $wanted ->
            [yes] . 관리자가 내린 것이 아닙니다. 다시 올리기: sepctl guard apply
           *[no] . 올리기: sepctl guard apply
        }
       *[differs] PC 방화벽이 사이트 파일과 다릅니다. { $what }: 필요한 값 { $asked }, 실제 값 { $found }. 바로잡기: sepctl guard apply
    }
log-address = { $verb ->
        [expired] 존의 주소 { $path }의 사용 기간이 끝남: 새 주소를 받을 때까지 네트워크 없음
        [withdrawn] DHCP 서버가 존의 주소 { $path }을(를) 회수함: 새 주소를 받을 때까지 네트워크 없음
       *[given] 존이 받은 주소: { $path }
    }
guard-trial = { $until }까지 시험 중이며, 그 뒤에는 이전 상태로 되돌아갑니다. 확정하기: sepctl guard confirm
guard-unkept = 방화벽을 지키는 프로세스가 없습니다. 누군가 바꾸면 바뀐 채로 남고, 기간이 끝나 닫힌 목적지는 기록되지 않습니다. 시작하기: sepctl guard boot
guard-open = { $until }까지 열림: { $place }, 사용자 { $user }: { $reason }
guard-closed = { $chain ->
        [leaving] 나가는 패킷
        [entering] 들어오는 패킷
       *[passing] 지나가는 패킷
    }: { $report ->
        [yes] 막았을
       *[no] 막은
    } 패킷 { $packets }개, { $size }
log-continued = 이 줄 앞의 기록은 다른 파일에 있습니다
log-empty = { $file }에 아직 기록이 없습니다
log-whole = 기록이 온전합니다: { $first }번부터 { $last }번까지, 마지막 파일 { $file }
log-broken-changed = { $file }:{ $line }: 이 줄이나 바로 앞줄이 변경되었습니다. 두 줄이 서로 맞지 않습니다
log-broken-unreadable = { $file }:{ $line }: 감사 기록의 줄이 아닙니다
log-broken-missing = { $file }:{ $line }: 이 줄 앞에 있어야 할 { $first }번부터 { $last }번까지가 없습니다
log-broken-order = { $file }:{ $line }: 이 줄은 원래 기록된 자리에 있지 않습니다
log-broken-cut = { $file }:{ $line }: 기록이 잘렸습니다. 이 줄 뒤에 있어야 할 { $first }번부터 { $last }번까지가 없습니다
log-broken-head = { $file }:{ $line }: 기록의 끝을 적어 둔 파일({ $file }.head)이 없거나 형식이 다릅니다. 이 줄 뒤의 기록이 빠졌는지 알 수 없습니다

## sepctl status

status-none = 실행 중인 존이 없습니다. 브라우저를 존에서 열기: sep-run internet firefox
status-zone = { $zone }: 프로파일 { $profile }, 개인 모드, 실행 시간 { $age }
status-seconds = { $large }초
status-minutes = { $large }분 { $small }초
status-hours = { $large }시간 { $small }분
status-days = { $large }일 { $small }시간
status-network-none = 네트워크: 없음
status-network = 네트워크: { $has-uplink ->
        [yes] { $uplink } 카드로 연결
       *[no] PC의 네트워크 경로로 연결
    }, 주소 { $addresses }
status-traffic = 통신량: 보냄 { $up }, 받음 { $down }, 차단 { $refused }건
status-memory = 메모리: { $bytes }({ $by }){ $has-limits ->
        [yes] . 한도: { $limits }
       *[no] {""}
    }
status-memory-scope = 존 전체
status-memory-share = 프로그램 합계, 함께 쓰는 메모리는 나누어 계산
status-memory-resident = 프로그램 합계, 함께 쓰는 메모리도 각각 계산
status-limit-memory = 메모리 { $number }
status-limit-processes = 프로세스 { $number }개
status-limit-cpu = CPU 가중치 { $number }
status-limit-files = 프로그램당 열 수 있는 파일 { $number }개
status-programs = 프로그램: { $count }개
status-pid = PID
status-inside = 존 안
status-terminal = 터미널
status-age = 경과
status-name = 프로그램
status-yes = 있음
status-no = 없음

## sepctl stop

stop-unheeding = { $seconds }초 안에 끝나지 않아 존과 함께 종료된 프로그램: { $programs }

## sepctl reset, sepctl snapshot

ask-yes-or-no = [y/N]
reset-loses = { $zone } 존의 홈 폴더를 삭제합니다: 항목 { $count }개, { $size }{ $has-closed ->
        [yes] , 그리고 닫힌 폴더 { $closed }개에 든 것
       *[no] {""}
    }
reset-rest = 그 밖에 { $count }개
reset-keeps = 남기는 항목: { $names }
reset-ask = { $zone } 존의 홈 폴더를 삭제하시겠습니까?
reset-nothing = 아무것도 바꾸지 않았습니다
reset-done = { $zone } 존을 처음 상태로 되돌렸습니다. 삭제한 항목 { $count }개, { $size }{ $has-closed ->
        [yes] , 그리고 닫힌 폴더 { $closed }개에 들어 있던 것
       *[no] {""}
    }
snapshot-ask = { $zone } 존의 홈 폴더를 삭제하고 { $name } 스냅숏으로 바꾸시겠습니까?
snapshot-created = { $zone } 존의 { $name } 스냅숏을 만들었습니다. 복사한 파일 { $copied }개{ $has-shared ->
        [yes] , 홈 폴더와 블록을 공유하는 파일 { $shared }개
       *[no] {""}
    }{ $has-left ->
        [yes] , 제외한 파이프·소켓·장치 { $left }개
       *[no] {""}
    }
snapshot-restored = { $zone } 존의 홈 폴더를 { $name } 스냅숏으로 되돌렸습니다. 복사한 파일 { $copied }개{ $has-shared ->
        [yes] , 스냅숏과 블록을 공유하는 파일 { $shared }개
       *[no] {""}
    }{ $has-left ->
        [yes] , 제외한 파이프·소켓·장치 { $left }개
       *[no] {""}
    }

## sepctl edit

edit-again = 다시 편집하시겠습니까? 아니요를 고르면 바꾼 내용을 버립니다.
edit-done = { $file } 파일을 적용했습니다. 이미 실행 중인 존은 만들 때의 설정을 유지합니다
edit-nothing = 바뀐 것이 없습니다: { $file }

## sepctl status --watch

watch-keys = q 나가기  ↑↓ 고르기  s 멈추기
watch-ask = { $zone } 존을 멈추시겠습니까? y/N
watch-stopping = { $zone }: 멈추는 중
watch-stopped = { $zone }: 멈춤

## sepctl why

reason-refused = { $program } → { $target } 차단됨: { $rule }{ $has-origin ->
        [yes] {""}({ $origin })
       *[no] {""}
    }{ $has-times ->
        [yes] , { $times }회
       *[no] {""}
    }{ $has-mend ->
        [yes] . { $mend }
       *[no] {""}
    }
reason-launch = { $zone } 존에서 { $program } 실행 실패{ $has-times ->
        [yes] , { $times }회
       *[no] {""}
    }: { $sentence }{ $has-hint ->
        [yes] . { $hint }
       *[no] {""}
    }
reason-suppressed = { $zone } 존에서 너무 많아 하나씩 기록하지 않은 이벤트 { $has-times ->
        [yes] { $times }
       *[no] 1
    }건
reason-rule-no-destination = 목적지를 알 수 없는 연결
reason-rule-own-address = 존 자신의 주소
reason-rule-business = 업무망
reason-rule-denied = 차단 목록
reason-rule-private = 사설 주소
reason-rule-reserved = 특수 용도 주소
reason-rule-discovery = 장치 검색용 포트
reason-rule-local = 이 PC의 주소
reason-rule-name = 이름 목록
reason-rule-uplink = 지정된 네트워크 카드
reason-rule-socket = 소켓 부족
reason-rule-packet = 패킷 형식
reason-allow = 허용하려면: { $command }
reason-nothing = 모든 존에서 차단되며 허용할 방법이 없습니다
reason-you = 옵션으로는 허용할 수 없으며, 그 파일은 사용자가 직접 고칠 수 있습니다
reason-administrator = 옵션으로는 허용할 수 없으며, 그 파일은 이 PC의 관리자가 고칠 수 있습니다
reason-layer = 옵션으로는 허용할 수 없으며, 사용자의 프로파일 파일로 바꿀 수 있습니다
reason-switch = 실행할 때 지정한 옵션이나 당시의 프로파일이 차단했습니다. 그 옵션 없이 다시 실행하면 됩니다
reason-uplink = 프로파일에 지정된 카드가 없거나 그 카드로 갈 수 없는 주소입니다
reason-room = PC에 연결을 더 만들 여유가 없었습니다

## sepctl doctor

doctor-ready = 준비 완료: 이 PC에서 '{ $profile }' 프로파일을 실행할 수 있습니다
doctor-not-ready = 준비되지 않음: 이 PC에서 '{ $profile }' 프로파일을 실행할 수 없습니다. '부족' 항목을 해결하십시오
doctor-status-ok = 정상
doctor-status-missing = 부족
doctor-status-absent = 없음
doctor-lost = 제한하지 못하는 동작: { $lost }
doctor-mend = 해결 방법: { $command }
doctor-checked = { $file }: 오류가 없습니다

doctor-user = 일반 사용자
doctor-userns = 사용자 네임스페이스
doctor-nested = 존 안의 사용자 네임스페이스
doctor-proc = 전용 /proc
doctor-netns = 네트워크 네임스페이스
doctor-tun = /dev/net/tun
doctor-nat = nftables 연결 전환
doctor-landlock = Landlock
doctor-seccomp = seccomp 필터
doctor-keyring = 세션 키링
doctor-scope = 한도를 위한 systemd 범위
doctor-ping = 권한 없는 ping

why-root = root로 실행했습니다. 개인 모드는 일반 사용자를 보호합니다
    .mend = 프로그램을 사용할 사용자 계정으로 실행하십시오
why-userns-sysctl = { userns-sysctl }
    .mend = sudo sysctl -w kernel.unprivileged_userns_clone=1
why-userns-container = 컨테이너의 seccomp 필터 또는 chroot 환경이 금지합니다
    .mend = 사용자 네임스페이스를 허용하는 seccomp 프로파일로 컨테이너를 실행하십시오(podman: --security-opt seccomp=파일)
why-userns-limit = { userns-limit }
    .mend = sudo sysctl -w user.max_user_namespaces=15000
why-userns-apparmor = { userns-apparmor }
    .mend = sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
why-userns-apparmor-late = { userns-apparmor-late }
    .mend = sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
why-userns-missing = { userns-missing }
    .mend = CONFIG_USER_NS가 켜진 커널을 사용하십시오
why-userns-other = 커널의 응답: { $found }
why-needs-userns = 위의 사용자 네임스페이스가 필요합니다
why-proc-covered = 컨테이너 등에서 /proc의 일부를 다른 마운트로 가리고 있습니다: { $found }
    .mend = /proc를 가리지 않는 컨테이너로 실행하십시오(podman: --security-opt unmask=ALL)
why-netns = 커널의 응답: { $found }
    .mend = sudo sysctl -w user.max_net_namespaces=15000
why-tun-missing = 장치가 없습니다
    .mend = sudo mkdir -p /dev/net && sudo mknod -m 0666 /dev/net/tun c 10 200
why-tun-mode = 일반 사용자가 장치를 열 수 없습니다: { $found }
    .mend = sudo chmod 0666 /dev/net/tun
why-tun-module = 커널에 없는 장치입니다: { $found }
    .mend = sudo modprobe tun
why-tun-refused = 장치로 인터페이스를 만들 수 없습니다: { $found }
why-nat-module = 커널에 { $found } 모듈이 없습니다
    .mend = sudo modprobe { $found }
why-nat-refused = 커널의 응답: { $found }
why-landlock-off = 커널에서 사용하도록 설정되지 않았거나 컨테이너가 금지합니다: { $found }
    .mend = 커널 부팅 매개변수 lsm=에 landlock을 추가하십시오
why-landlock-old = 프로파일에 더 새로운 버전이 필요합니다: { $found }
    .mend = 더 새로운 커널을 쓰거나 seals.landlock_min_abi 값을 낮추십시오
why-landlock-idle = 설정은 되었으나 실제로 차단하지 않습니다
why-seccomp = 커널의 응답: { $found }
    .mend = CONFIG_SECCOMP_FILTER가 켜진 커널을 사용하십시오
why-seccomp-idle = 필터가 설치되었으나 실제로 차단하지 않습니다
why-keyring = 커널의 응답: { $found }
    .mend = 컨테이너의 seccomp 프로파일에서 keyctl을 허용하거나 seals.optional에 "keyring"을 추가하십시오
why-scope = 사용자 systemd가 응답하지 않습니다: { $found }. 메모리, 프로세스, CPU 한도를 적용할 수 없습니다
    .mend = systemd 세션으로 로그인하거나 다음을 실행하십시오: loginctl enable-linger
why-ping = 일반 사용자가 ping 소켓을 열 수 없습니다: { $found }
    .mend = sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"

## 도움말: 영어 문장은 명령줄 정의에 있습니다

help-template =
    { $about }
    사용법: { $usage }

    { $args }{ $after }
help-heading-arguments = 인수
help-heading-switches = 옵션
help-heading-zone = 존을 바꾸는 옵션
help-heading-verbs = 명령
help-help = 도움말을 보여 줍니다(-h는 요약)
help-version = 버전을 보여 줍니다

help-sep-run = 인터넷 프로그램을 별도의 존에서 실행합니다
help-sep-run-long = 인터넷 프로그램을 존에서 실행합니다. 존은 이 PC의 커널과 프로그램으로 만든 샌드박스이며, 파일 시스템, 신원, 네트워크 카드가 따로 있습니다.
help-sep-run-usage = sep-run [옵션] 프로파일 [--] [프로그램 인수...]
help-sep-run-after = 예: sep-run internet firefox
help-sep-run-after-long =
    예:
      sep-run internet firefox https://example.org
      sep-run strict curl -sS https://example.org
      sep-run internet              존의 셸

    종료 상태: 프로그램의 종료 상태를 그대로 돌려줍니다. 신호 n으로 끝나면 128+n, 존을 만들 수 없으면 125,
    프로그램을 실행할 수 없으면 126, 프로그램이 없으면 127입니다.

    프로파일이 허용하는 것은 sepctl explain 프로파일, 이 PC에서 되는지는 sepctl doctor로 볼 수 있습니다.
help-sep-run-timing = 단계마다 걸린 시간을 표준 오류에 출력합니다
help-sep-run-quiet = 오류만 출력합니다
help-sep-run-dry_run = 계획을 JSON으로 출력하고 아무것도 시작하지 않습니다
help-sep-run-share = PC의 폴더를 존에서도 볼 수 있게 합니다. 읽기 전용이며 `:rw`를 붙이면 쓸 수도 있습니다
help-sep-run-allow = 차단되는 주소나 네트워크 대역을 허용합니다
help-sep-run-deny = 주소나 네트워크 대역을 차단합니다
help-sep-run-allow_name = 프로파일의 목록 외에 이 도메인과 하위 도메인도 조회할 수 있게 합니다
help-sep-run-uplink = 이 네트워크 카드로만 연결합니다
help-sep-run-no_network = 네트워크를 전혀 쓰지 않습니다
help-sep-run-disposable = 홈 폴더를 메모리에 둡니다. 존이 끝나면 모두 사라집니다
help-sep-run-name = 같은 프로파일로 다른 존을 씁니다. 홈 폴더가 따로 있습니다
help-sep-run-env = 프로그램에 전달할 환경 변수를 지정합니다
help-sep-run-words-value = 프로파일
help-sep-run-words = 프로파일, 그다음은 프로그램과 인수. 프로그램이 없으면 셸을 시작합니다

help-sepctl-usage = sepctl 명령
help-sepd = 기관의 사이트 파일에 따라 사용자에게 존을 만들어 줍니다
help-sepd-long = 기관의 사이트 파일에 따라 사용자에게 존을 만들어 줍니다. 보통은 서비스 관리자가 소켓과 함께 시작합니다. --listen 스위치를 주면 소켓을 직접 만듭니다.
help-sepd-listen = 서비스 관리자 없이 소켓을 직접 만듭니다
help-sepctl = 프로파일과 존, 이 PC의 상태를 살펴봅니다
help-sepctl-explain = 프로파일이 허용하는 것과 그 근거가 되는 줄을 알려 줍니다
help-sepctl-explain-profile = 프로파일 이름
help-sepctl-explain-share = { help-sep-run-share }
help-sepctl-explain-allow = { help-sep-run-allow }
help-sepctl-explain-deny = { help-sep-run-deny }
help-sepctl-explain-allow_name = { help-sep-run-allow_name }
help-sepctl-explain-uplink = { help-sep-run-uplink }
help-sepctl-explain-no_network = { help-sep-run-no_network }
help-sepctl-explain-disposable = { help-sep-run-disposable }
help-sepctl-explain-name = { help-sep-run-name }
help-sepctl-explain-env = { help-sep-run-env }
help-sepctl-explain-json = JSON으로 출력합니다
help-sepctl-doctor = 이 PC에서 존을 실행할 수 있는지 확인하고 해결 방법을 알려 줍니다
help-sepctl-doctor-profile = 실행해야 하는 프로파일 이름
help-sepctl-doctor-json = JSON으로 출력합니다
help-sepctl-status = 실행 중인 존과 프로그램, 네트워크, 통신량, 차단 횟수, 메모리를 보여 줍니다
help-sepctl-status-zone = 이 존만
help-sepctl-status-json = JSON으로 출력합니다
help-sepctl-status-watch = 터미널 전체에 보여 주고 1초마다 갱신합니다. q는 나가기, s는 존 멈추기
help-sepctl-bench = 존의 비용을 측정합니다
help-sepctl-bench-startall = 존에서는 웹 사이트를, PC에서는 문서를 동시에 열어 sep-run이 없을 때와 비교합니다
help-sepctl-bench-startall-web = 웹 사이트. 세 번 지정합니다
help-sepctl-bench-startall-office = 문서. 종류가 다른 다섯 개를 지정합니다
help-sepctl-bench-startall-rounds = 양쪽을 각각 몇 번 측정할지 정합니다(10번 이상)
help-sepctl-bench-startall-plot = 모든 측정값을 그린 그림 파일
help-sepctl-bench-startall-json = 모든 측정값과 함께 JSON으로 출력합니다
help-sepctl-guard = 관리되는 PC의 방화벽: 업무망 네트워크 카드로만 통신하게 합니다
help-sepctl-guard-status = 방화벽이 사이트 파일대로 작동하는지 알려 줍니다
help-sepctl-guard-status-json = JSON으로 출력합니다
help-sepctl-guard-apply = 방화벽을 올리거나, 있던 것을 새것으로 바꿉니다
help-sepctl-guard-apply-report_only = 아무것도 막지 않고, 막을 패킷을 세어 알리기만 합니다
help-sepctl-guard-try = 방화벽을 시험 삼아 올립니다. 제때 확정하지 않으면 저절로 이전 상태로 되돌아갑니다
help-sepctl-guard-try-long = 방화벽을 시험 삼아 올립니다. 제때 확정하지 않으면 저절로 이전 상태로 되돌아갑니다.

    터미널이나 연결이 끊겨도 되돌아갑니다. 그때까지 지키던 프로세스가 종료되었다면 PC나 sepd가 다시 시작할 때 되돌립니다.
help-sepctl-guard-try-within = 확정을 기다리는 시간(예: 120s, 5m)
help-sepctl-guard-try-report_only = 아무것도 막지 않고, 막을 패킷을 세어 알리기만 합니다
help-sepctl-guard-confirm = 시험 중인 방화벽을 확정합니다
help-sepctl-guard-open = PC에서 목적지 한 곳을 정해진 시간 동안만 엽니다
help-sepctl-guard-open-place = IPv4 주소와, 필요하면 포트(예: 192.0.2.7:443)
help-sepctl-guard-open-within = 열어 두는 시간(예: 30m, 2h)
help-sepctl-guard-open-reason = 기록에 남길 이유
help-sepctl-guard-close = 열어 둔 목적지를 시간이 되기 전에 닫습니다
help-sepctl-guard-close-place = IPv4 주소와, 열 때 적었다면 포트
help-sepctl-guard-remove = 방화벽을 내립니다
help-sepctl-guard-remove-reason = 기록에 남길 이유
help-sepctl-guard-boot = PC가 시작될 때, 네트워크보다 먼저 필요한 방화벽을 올립니다
help-sepctl-guard-keep = 서비스 관리자를 위해 방화벽을 이 프로세스에서 지킵니다
help-sepctl-guard-keep-shared = 다른 프로그램도 방화벽 테이블을 바꿀 수 있게 두고, 바뀌면 되돌립니다(6.9 이전 커널에서는 항상 이렇게 합니다)
help-sepctl-stop = 존의 프로그램에 종료를 요청한 뒤 존을 끝냅니다
help-sepctl-stop-long =
    존의 프로그램에 종료를 요청한 뒤 존을 끝냅니다

    프로그램마다 SIGTERM을 보내고, 터미널이 있는 프로그램에는 SIGHUP도 보냅니다. 시간 안에 끝나지 않은 프로그램은 이름을 알려 줍니다.
help-sepctl-stop-zone = 존 이름
help-sepctl-stop-within = 프로그램에 주는 시간(초)
help-sepctl-stop-json = JSON으로 출력합니다
help-sepctl-end = 실행 중인 존을 모든 프로그램과 함께 즉시 끝냅니다
help-sepctl-end-zone = 존 이름
help-sepctl-end-json = JSON으로 출력합니다
help-sepctl-ls = 존의 파일을 보여 줍니다
help-sepctl-ls-zone = 존 이름
help-sepctl-ls-paths = 존의 홈 폴더에 있는 경로. 없으면 홈 폴더 자체를 보여 줍니다
help-sepctl-ls-json = JSON으로 출력합니다
help-sepctl-get = 존에서 파일을 꺼내 옵니다
help-sepctl-get-zone = 존 이름
help-sepctl-get-paths = 파일과, 그 뒤에 빗금으로 끝나는 대상 폴더. 꺼내는 파일은 현재 폴더로, 넣는 파일은 존의 Downloads로, 그것이 없으면 홈 폴더로 갑니다
help-sepctl-get-to = 대상: 폴더 또는 한 파일의 새 이름
help-sepctl-get-recursive = 폴더를 그 안의 모든 내용과 함께 옮깁니다
help-sepctl-get-force = 이미 있는 파일을 덮어씁니다
help-sepctl-get-resume = 끊긴 전송의 일부를 남겨 두고, 남아 있는 부분에서 이어서 옮깁니다
help-sepctl-get-json = JSON으로 출력합니다
help-sepctl-put = 존에 파일을 넣습니다
help-sepctl-put-zone = { help-sepctl-get-zone }
help-sepctl-put-paths = { help-sepctl-get-paths }
help-sepctl-put-to = { help-sepctl-get-to }
help-sepctl-put-recursive = { help-sepctl-get-recursive }
help-sepctl-put-force = { help-sepctl-get-force }
help-sepctl-put-resume = { help-sepctl-get-resume }
help-sepctl-put-json = { help-sepctl-get-json }
help-sepctl-reset = 멈춘 존의 홈 폴더를 지우고 새로 시작합니다
help-sepctl-reset-zone = 존 이름
help-sepctl-reset-yes = 묻지 않습니다
help-sepctl-reset-keep = 홈의 이 항목은 남깁니다. 여러 번 지정할 수 있습니다
help-sepctl-reset-json = JSON으로 출력합니다. --yes가 필요합니다
help-sepctl-snapshot = 멈춘 존의 홈 폴더를 복사해 두고, 나중에 되돌립니다
help-sepctl-snapshot-create = 존의 홈 폴더를 복사합니다
help-sepctl-snapshot-create-zone = 존 이름
help-sepctl-snapshot-create-name = 스냅숏 이름. 없으면 지금 시각을 씁니다
help-sepctl-snapshot-create-json = JSON으로 출력합니다
help-sepctl-snapshot-list = 존의 스냅숏을 보여 줍니다. 가장 새것이 마지막입니다
help-sepctl-snapshot-list-zone = 존 이름
help-sepctl-snapshot-list-json = JSON으로 출력합니다
help-sepctl-snapshot-restore = 지금 홈 폴더를 지우고 스냅숏의 사본으로 바꿉니다
help-sepctl-snapshot-restore-zone = 존 이름
help-sepctl-snapshot-restore-name = 스냅숏 이름
help-sepctl-snapshot-restore-yes = 묻지 않습니다
help-sepctl-snapshot-restore-json = JSON으로 출력합니다. --yes가 필요합니다
help-sepctl-snapshot-remove = 스냅숏을 삭제합니다
help-sepctl-snapshot-remove-zone = 존 이름
help-sepctl-snapshot-remove-name = 스냅숏 이름
help-sepctl-snapshot-remove-json = JSON으로 출력합니다
help-sepctl-edit = 프로파일의 사용자 파일을 편집하고, 검사를 통과하면 적용합니다
help-sepctl-edit-profile = 프로파일 이름
help-sepctl-edit-json = JSON으로 출력합니다
help-sepctl-log = 실행, 차단, 연결, 파일 이동 등 기록된 내용을 보여 줍니다
help-sepctl-log-zone = 이 존에 관한 것만
help-sepctl-log-since = 이 시각부터: 2h(2시간 전), today, 2026-11-24, 09:30 또는 RFC 3339 형식
help-sepctl-log-until = 이 시각 전까지
help-sepctl-log-connections = 끝난 연결만
help-sepctl-log-refused = 차단되거나 거부된 것만
help-sepctl-log-csv = CSV로 출력합니다. 스프레드시트가 수식으로 받아들이지 않습니다
help-sepctl-log-json = 기록에 있는 JSON 줄 그대로 출력합니다
help-sepctl-log-follow = 새로 기록되는 내용을 계속 보여 줍니다
help-sepctl-log-verify = 기록이 온전한지 확인합니다. 그렇지 않으면 파일과 줄을 알려 주고 종료 상태 1로 끝납니다
help-sepctl-why = 왜 차단되거나 거부되었는지, 어떻게 허용하는지 알려 줍니다
help-sepctl-why-long =
    차단된 연결과 이름, 거부된 실행이 왜 그랬는지, 어떻게 허용하는지 알려 줍니다.

    Landlock이나 시스템 호출 필터가 프로그램에 거부한 것은 커널의 감사 기록에 있으며 관리자만 읽을 수 있으므로
    (ausearch -m LANDLOCK_ACCESS,SECCOMP) 여기에는 없습니다.
help-sepctl-why-zone = 이 존에서 거부된 것만
help-sepctl-why-follow = 새로 거부되는 것을 계속 보여 줍니다
help-sepctl-why-json = 한 줄에 하나씩 JSON으로 출력합니다
help-sepctl-profile = 프로파일 파일을 다룹니다
help-sepctl-profile-check = 프로파일 파일을 검사합니다
help-sepctl-profile-check-file = 파일. `.json`을 뺀 이름이 프로파일 이름입니다
help-sepctl-profile-check-json = JSON으로 출력합니다
help-sepctl-profile-show = 모든 파일을 합친 프로파일을 JSON으로 보여 줍니다
help-sepctl-profile-show-profile = 프로파일 이름
help-sepctl-profile-show-json = 한 줄의 JSON으로 출력합니다
help-sepctl-profile-diff = 파일이 내장 프로파일에서 바꾼 값을 보여 줍니다
help-sepctl-profile-diff-profile = 프로파일 이름
help-sepctl-profile-diff-json = JSON으로 출력합니다

## sep-run만 입력했을 때와 존을 만들 때

profiles-usage = 사용법: sep-run [옵션] 프로파일 [--] [프로그램 인수...]
profiles-heading = 프로파일:
profiles-examples = 예:
profiles-example-shell = 존의 셸
profiles-example-document = 문서를 네트워크 없이 열기
profiles-more = 더 보기: sep-run --help
zone-made = { $zone } 존: 개인 모드, { $card ->
        [none] 네트워크 없음
        [uplink] { $nic } 카드로 연결
       *[relay] PC의 네트워크 경로로 연결
    }. 파일 보기: sepctl ls { $zone }

## sepctl bench startall

startall-what = 동시에 연 것
startall-zone = 존 사용
startall-bare = sep-run 없음
startall-ratio = 비율
startall-web = 웹 사이트
startall-office = PC의 문서
startall-both = 전체
startall-how = 양쪽을 번갈아 { $rounds }번씩 측정한 중앙값이며, 괄호 안은 참 중앙값이 있을 신뢰도 95%의 구간입니다
