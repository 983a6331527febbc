-- Takes one holder's report on one counter and answers it: limits/state.rs in Lua, version 2.
--
-- ARGV: the clock of a test or '', holder, lease, settled, returned, least, need, want, limit, kind
-- of the window and its two numbers: of a sliding one its length, of a calendar's the period's
-- start and the time to its end.
-- Answers {1, lease, granted, remaining, retry_after, reset, scarce}, or {0} where the counter is
-- not there or its numbers are not good for this process: a snapshot's, or another server's.
local holder, kind = ARGV[2], ARGV[10]
local said = { lease = tonumber(ARGV[3]), settled = tonumber(ARGV[4]), returned = tonumber(ARGV[5]) }
local least, need, want = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local limit, a, b = tonumber(ARGV[9]), tonumber(ARGV[11]), tonumber(ARGV[12])

local stored = redis.call('HMGET', key, 'run', 'lease', 'used', 'out', 'period', 'ends', 'oldest',
  'newest', 'h:' .. holder)
if stored[1] ~= RUN then return { 0 } end
local last_lease, used, out = tonumber(stored[2]), tonumber(stored[3]), tonumber(stored[4])
local period, ends = tonumber(stored[5]), tonumber(stored[6])
local oldest, newest = tonumber(stored[7]), tonumber(stored[8])
local now = read_clock(ARGV[1])
local width = kind == SLIDING and math.max(1, math.ceil(a / BUCKETS))
local current = width and quotient(now, width)

local function leaves(bucket) return (bucket + 1) * width + a end

-- What was used now, all of this call together.
local spent = 0

-- Buckets of the future, after the clock stepped back, are taken for now.
local function rewind()
  local all, moved = redis.call('HGETALL', key), 0
  for i = 1, #all, 2 do
    local bucket = string.match(all[i], '^b:(%d+)$')
    if bucket and tonumber(bucket) > current then
      moved = moved + tonumber(all[i + 1])
      redis.call('HDEL', key, all[i])
    end
  end
  redis.call('HINCRBY', key, 'b:' .. int(current), int(moved))
  oldest, newest = math.min(oldest, current), current
end

local function buckets(from, to)
  local names = {}
  for bucket = from, to do names[#names + 1] = 'b:' .. int(bucket) end
  return names, redis.call('HMGET', key, unpack(names))
end

local function slide()
  if newest > current then rewind() end
  local gone = math.min(newest, math.floor((now - a) / width) - 1)
  if gone < oldest then return end
  local names, amounts = buckets(oldest, gone)
  for _, amount in ipairs(amounts) do used = used - (tonumber(amount or 0) or 0) end
  redis.call('HDEL', key, unpack(names))
  oldest = gone + 1
  if newest < oldest then oldest, newest = 0, -1 end
end

local function roll()
  if kind == SLIDING then
    slide()
  elseif kind == CALENDAR and a >= period then
    if a > period then used = 0 end
    period, ends = a, now + b
  end
end

local function use(amount)
  if kind ~= HELD then
    used, spent = used + amount, spent + amount
  end
end

-- Takes what silent holders had for used.
local function expire()
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', seen, '(' .. int(now), '+inf')) do
    redis.call('ZADD', seen, int(now), name)
  end
  local silent = redis.call('ZRANGEBYSCORE', seen, '-inf', '(' .. int(now - SILENCE_MS))
  for _, name in ipairs(silent) do
    local had = outstanding(parse(redis.call('HGET', key, 'h:' .. name)))
    use(had)
    out = out - had
    redis.call('HDEL', key, 'h:' .. name)
    redis.call('ZREM', seen, name)
    if name == holder then stored[9] = false end
  end
end

local function open()
  last_lease = math.max(now, math.max(last_lease, said.lease) + 1)
  return { number = last_lease, replaces = said.lease, granted = 0, settled = 0, returned = 0 }
end

-- It stays set aside until its holder would be taken for silent, under a name that no holder has.
local function void(lease)
  if outstanding(lease) == 0 then return end
  local name = holder .. ' ' .. int(lease.number)
  redis.call('HSET', key, 'h:' .. name, stored[9])
  redis.call('ZADD', seen, redis.call('ZSCORE', seen, holder), name)
end

local function account(lease)
  use(math.max(0, said.settled - lease.settled))
  lease.settled = math.max(lease.settled, said.settled)
  lease.returned = math.max(lease.returned, said.returned)
  lease.granted = math.max(lease.granted, lease.settled + lease.returned)
end

local function ask_for(l, n, w) least, need, want = math.max(0, l), math.max(0, n), math.max(0, w) end

-- The lease after the report; least, need and want become what is left to ask for.
local function take()
  need = math.max(need, least)
  want = math.max(want, need)
  if not stored[9] then return open() end
  local lease = parse(stored[9])
  if said.lease == 0 or said.lease > lease.number then
    void(lease)
    return open()
  end
  local untouched = lease.settled == 0 and lease.returned == 0
  local behind = said.settled < lease.settled or said.returned < lease.returned
  if said.lease == lease.number and not behind then
    local before = outstanding(lease)
    account(lease)
    out = out - before + outstanding(lease)
  elseif said.lease == lease.replaces and untouched then
    local there = outstanding(lease)
    ask_for(least - there, need - there, want - there)
  else
    ask_for(0, 0, 0)
  end
  return lease
end

local function available() return math.max(0, limit - used - out) end

local function share(left, holders)
  if need <= left then return math.max(need, math.min(want, quotient(left, 2 * holders))) end
  return least <= left and left or 0
end

-- When this much has left the window; nil where nobody can know.
local function freed_at(amount)
  if kind == CALENDAR then return amount <= used and ends or nil end
  if kind == HELD or newest < oldest then return nil end
  local names, amounts = buckets(oldest, newest)
  local freed = 0
  for i = 1, #names do
    freed = freed + (tonumber(amounts[i] or 0) or 0)
    if freed >= amount then return leaves(oldest + i - 1) end
  end
end

local function retry_after()
  local missing = math.max(1, least)
  local at = freed_at(used + out + missing - limit)
  local wait = math.max(1, at and math.max(0, at - now) or ASK_AGAIN_MS)
  -- What is missing is only set aside, and may come back unused.
  if used + missing <= limit then return math.min(wait, ASK_AGAIN_MS) end
  return wait
end

local function reset()
  local at = 0
  if kind == CALENDAR then at = ends end
  if kind == SLIDING and newest >= oldest then at = leaves(newest) end
  return math.max(0, at - now)
end

roll()
expire()
local lease = take()
redis.call('ZADD', seen, int(now), holder)
if kind == SLIDING and spent > 0 then
  redis.call('HINCRBY', key, 'b:' .. int(current), int(spent))
  if newest < oldest then oldest = current end
  newest = current
end
local granted = share(available(), redis.call('ZCARD', seen))
lease.granted = lease.granted + granted
out = out + granted
redis.call('HSET', key, 'lease', int(last_lease), 'used', int(used), 'out', int(out), 'period',
  int(period), 'ends', int(ends), 'oldest', int(oldest), 'newest', int(newest), 'h:' .. holder,
  table.concat({ int(lease.number), int(lease.replaces), int(lease.granted), int(lease.settled),
    int(lease.returned) }, ' '))
keep(kind, a, b)
local remaining = available()
return { 1, lease.number, lease.granted, remaining, granted < need and retry_after() or 0, reset(),
  remaining < math.ceil(limit / 10) and 1 or 0 }
