-- What all scripts share. In front of it stand RUN, SILENCE_MS and ASK_AGAIN_MS (script.rs).
--
-- KEYS[1], a hash: `run`, the server's process that these numbers are good for; `lease`, the newest
-- lease's number; `used`, all within the window; `out`, all that is outstanding; `period` and
-- `ends` of a calendar window; `oldest` and `newest` bucket of a sliding one, the newest less than
-- the oldest where there is none; `b:N`, bucket N; `h:HOLDER`, a lease: number, replaces, granted,
-- settled, returned.
-- KEYS[2], a sorted set: the holders, by when they were last heard of.
--
-- Numbers are doubles, exact as integers below 2^53. They are written with int(): tostring() would
-- round them to 14 digits.
local key, seen = KEYS[1], KEYS[2]
local HELD, SLIDING, CALENDAR = '0', '1', '2'
local BUCKETS = 120
local DAY_MS = 86400000

local function int(n) return string.format('%.0f', n) end

-- The test's clock where there is one.
local function read_clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function quotient(a, b) return (a - a % b) / b end

local function parse(text)
  local number, replaces, granted, settled, returned =
    string.match(text, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  return { number = tonumber(number), replaces = tonumber(replaces), granted = tonumber(granted),
    settled = tonumber(settled), returned = tonumber(returned) }
end

local function outstanding(lease)
  return math.max(0, lease.granted - lease.settled - lease.returned)
end

-- How long the keys stay when nobody asks any more, beyond what they are needed for.
local function keep(kind, a, b)
  local needed = (kind == SLIDING and 2 * a) or (kind == CALENDAR and b) or 0
  redis.call('PEXPIRE', key, int(needed + DAY_MS))
  redis.call('PEXPIRE', seen, int(needed + DAY_MS))
end
