-- Says how a counter stands, and changes nothing: State::level of limits/state.rs in Lua, version 1.
--
-- ARGV: the clock of a test or '', kind of the window and its two numbers as of counter.lua.
-- Answers {1, used, outstanding, holders, reset, counted}, or {0} where the counter is not there or
-- its numbers are not good for this process.
local kind, a, b = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = read_clock(ARGV[1])
local width = kind == SLIDING and math.max(1, math.ceil(a / BUCKETS))

local there = {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do there[all[i]] = all[i + 1] end
if there.run ~= RUN then return { 0 } end
local used, out, holders = tonumber(there.used), tonumber(there.out), 0
local newest, ends = -1, 0

local function leaves(bucket) return (bucket + 1) * width + a end

if kind == SLIDING then
  used = 0
  for name, amount in pairs(there) do
    local bucket = string.match(name, '^b:(%d+)$')
    bucket = bucket and math.min(tonumber(bucket), quotient(now, width))
    if bucket and leaves(bucket) > now then
      used, newest = used + tonumber(amount), math.max(newest, bucket)
    end
  end
elseif kind == CALENDAR then
  local period = tonumber(there.period)
  if a > period then used = 0 end
  ends = a >= period and now + b or tonumber(there.ends)
end

local holding = redis.call('ZRANGE', seen, 0, -1, 'WITHSCORES')
for i = 1, #holding, 2 do
  if math.min(now, tonumber(holding[i + 1])) < now - SILENCE_MS then
    local had = outstanding(parse(there['h:' .. holding[i]]))
    out = out - had
    if kind ~= HELD and had > 0 then
      used, newest = used + had, width and quotient(now, width)
    end
  else
    holders = holders + 1
  end
end

local at = ends
if kind == SLIDING and newest >= 0 then at = leaves(newest) end
local counted = width and a + (math.max(0, now - a) % width) or 0
return { 1, used, out, holders, math.max(0, at - now), counted }
