using System.Globalization;
using Scheduler.Models;
using Scheduler.Rep.Networking;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The host users and groups that one container's users and groups map to.</summary>
/// <param name="First">The host id of the container's root.</param>
internal readonly record struct UserIds(uint First)
{
    /// <summary>All 16-bit user ids, which images are made for; nobody is 65534.</summary>
    public const uint Count = 1 << 16;

    public uint OnHost(uint inContainer) => First + Math.Min(inContainer, Count - 1);
}

/// <summary>
/// Allocates host user ids to each container, so that a process that escapes has no access to other containers. Shared by the cells of
/// a machine.
/// </summary>
internal sealed class UserIdPool
{
    private readonly LeaseDirectory _leases;
    private readonly uint _base;
    private readonly int _slots;
    private readonly Lock _lock = new();
    private int _next;

    /// <param name="range"><c>BASE:SIZE</c></param>
    /// <exception cref="DomainException">Not a valid range.</exception>
    public UserIdPool(string range, LeaseDirectory leases)
    {
        (_base, _slots) = Parse(range);
        _leases = leases;
    }

    /// <exception cref="DomainException">Not a valid range.</exception>
    public static (uint Base, int Slots) Parse(string range)
    {
        if (
            range.Split(':') is [var first, var size]
            && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && uint.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && from >= UserIds.Count
            && count >= UserIds.Count
            && (ulong)from + count <= uint.MaxValue
        )
            return (from, (int)(count / UserIds.Count));
        throw DomainError
            .Invalid(
                "userns-range",
                $"must be BASE:SIZE, each at least {UserIds.Count} and their sum below {uint.MaxValue}, not \"{range}\""
            )
            .ToException();
    }

    /// <param name="owner">An existing path; the ids are released when it is gone.</param>
    /// <exception cref="DomainException"><see cref="ErrorKind.InsufficientResources"/>: all ids are in use.</exception>
    public UserIds Take(string owner)
    {
        lock (_lock)
        {
            for (var tried = 0; tried < _slots; tried++)
            {
                var slot = _next;
                _next = (_next + 1) % _slots;
                if (_leases.TryTake(Name(slot), owner))
                    return new UserIds(_base + ((uint)slot * UserIds.Count));
            }
        }

        throw new DomainError(
            ErrorKind.InsufficientResources,
            $"no user IDs are left: {_slots} containers use the whole range from {_base}; enlarge --userns-range"
        ).ToException();
    }

    public void Release(UserIds ids, string owner)
    {
        // Ids of another range, from before the option was changed, have no lease here.
        if (ids.First >= _base && (ids.First - _base) / UserIds.Count is var slot && slot < _slots)
            _leases.Release(Name((int)slot), owner);
    }

    private static string Name(int slot) => slot.ToString(CultureInfo.InvariantCulture);
}
