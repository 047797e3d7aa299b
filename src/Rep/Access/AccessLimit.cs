using Scheduler.Models;

namespace Scheduler.Rep.Access;

/// <summary>Counts what clients have under way in each container and on the whole cell. Thread-safe.</summary>
/// <param name="what">Plural, for the refusal.</param>
/// <param name="perContainerOption">Name of the option that sets the limit.</param>
/// <param name="perCellOption">Name of the option that sets the limit.</param>
internal sealed class AccessLimit(string what, int perContainer, string perContainerOption, int perCell, string perCellOption)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _inContainer = new(StringComparer.Ordinal);
    private int _onCell;

    /// <summary>Counts one more until the result is disposed.</summary>
    /// <param name="name">The container's name, for the refusal.</param>
    /// <exception cref="DomainException">With <see cref="ErrorKind.Overloaded"/> if a limit is reached.</exception>
    public IDisposable Enter(string containerGuid, string name)
    {
        lock (_lock)
        {
            var here = _inContainer.GetValueOrDefault(containerGuid);
            if (here >= perContainer)
                throw Full(name, here, perContainerOption);
            if (_onCell >= perCell)
                throw Full("the cell", _onCell, perCellOption);
            _inContainer[containerGuid] = here + 1;
            _onCell++;
        }

        return new Place(this, containerGuid);
    }

    private void Leave(string containerGuid)
    {
        lock (_lock)
        {
            _onCell--;
            if (--_inContainer[containerGuid] == 0)
                _inContainer.Remove(containerGuid);
        }
    }

    private DomainException Full(string where, int count, string option) =>
        new DomainError(ErrorKind.Overloaded, $"{where} has {count} {what}, as many as --{option} allows").ToException();

    private sealed class Place(AccessLimit owner, string containerGuid) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _left, true))
                owner.Leave(containerGuid);
        }
    }
}
