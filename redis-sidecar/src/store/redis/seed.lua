-- Begins a counter, or makes its numbers good for this process, version 1.
--
-- ARGV: the clock of a test or '', kind of the window and its two numbers as of counter.lua, then
-- pairs of an age in milliseconds and an amount, from the ledger.
-- What is there may be a snapshot's, and behind the ledger; the ledger may lack what was under
-- way. So the larger of both sums counts for used, and all that was outstanding on top of it.
local kind, a, b = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = read_clock(ARGV[1])
local width = kind == SLIDING and math.max(1, math.ceil(a / BUCKETS))

local there = {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do there[all[i]] = all[i + 1] end
if there.run == RUN then return 0 end

local function number(name) return tonumber(there[name] or 0) end

-- A bucket that lies in the future is taken for now; one that has left the window is not taken.
local function put(kept, bucket, amount)
  bucket = math.min(bucket, quotient(now, width))
  if amount == 0 or (bucket + 1) * width + a <= now then return end
  kept.total = kept.total + amount
  kept[bucket] = (kept[bucket] or 0) + amount
end

local function of_ledger()
  local kept = { total = 0 }
  for i = 5, #ARGV, 2 do
    local age, amount = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
    if kind == SLIDING then
      put(kept, quotient(math.max(0, now - age), width), amount)
    elseif kind == CALENDAR then
      kept.total = kept.total + amount
    end
  end
  return kept
end

local function of_store()
  local kept = { total = 0 }
  if kind == CALENDAR and number('period') >= a then kept.total = number('used') end
  if kind ~= SLIDING then return kept end
  for name, amount in pairs(there) do
    local bucket = string.match(name, '^b:(%d+)$')
    if bucket then put(kept, tonumber(bucket), tonumber(amount)) end
  end
  return kept
end

local ledger, store = of_ledger(), of_store()
local kept = ledger.total >= store.total and ledger or store
local out = number('out')
if kind == SLIDING then
  put(kept, quotient(now, width), out)
elseif kind == CALENDAR then
  kept.total = kept.total + out
end

local period, ends = 0, 0
if kind == CALENDAR then
  period, ends = a, now + b
  if number('period') > a then period, ends = number('period'), number('ends') end
end
local lease = number('lease')
redis.call('DEL', key, seen)
local oldest, newest = 0, -1
for bucket, amount in pairs(kept) do
  if bucket ~= 'total' then
    redis.call('HSET', key, 'b:' .. int(bucket), int(amount))
    oldest = newest < 0 and bucket or math.min(oldest, bucket)
    newest = math.max(newest, bucket)
  end
end
redis.call('HSET', key, 'run', RUN, 'lease', int(lease), 'used', int(kept.total), 'out', '0',
  'period', int(period), 'ends', int(ends), 'oldest', int(oldest), 'newest', int(newest))
keep(kind, a, b)
return 1
