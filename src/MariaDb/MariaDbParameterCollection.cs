using System.Collections;
using System.Data.Common;

namespace Scheduler.MariaDb;

/// <summary>The parameters of a command. Names are unique without regard to case; a bulk statement may have many thousands.</summary>
public sealed class MariaDbParameterCollection : DbParameterCollection, IEnumerable<MariaDbParameter>
{
    /// <summary>Below this many, looking through the list is faster than keeping a dictionary.</summary>
    private const int FewParameters = 8;

    private readonly List<MariaDbParameter> _items = [];

    /// <summary>Built when first needed and dropped when the list changes. Names are checked against it, since parameters may be renamed at any time.</summary>
    private Dictionary<string, int>? _byName;

    public override int Count => _items.Count;

    public override object SyncRoot => _items;

    public new MariaDbParameter this[int index]
    {
        get => _items[index];
        set => SetParameter(index, value);
    }

    public new MariaDbParameter this[string name] => (MariaDbParameter)GetParameter(name);

    public MariaDbParameter AddWithValue(string parameterName, object? value)
    {
        var parameter = new MariaDbParameter(parameterName, value);
        Add(parameter);
        return parameter;
    }

    public override int Add(object value)
    {
        _items.Add(Parameter(value));
        _byName = null;
        return _items.Count - 1;
    }

    public override void AddRange(Array values)
    {
        foreach (var value in values) Add(value);
    }

    public override void Clear()
    {
        _items.Clear();
        _byName = null;
    }

    public override bool Contains(object value) => IndexOf(value) >= 0;

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_items).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _items.GetEnumerator();

    IEnumerator<MariaDbParameter> IEnumerable<MariaDbParameter>.GetEnumerator() => _items.GetEnumerator();

    public override int IndexOf(object value) => value is MariaDbParameter parameter ? _items.IndexOf(parameter) : -1;

    public override int IndexOf(string parameterName)
    {
        var name = parameterName.AsSpan();
        return IndexOf(name is ['@' or '?', ..] ? name[1..] : name, hint: 0);
    }

    public override void Insert(int index, object value)
    {
        _items.Insert(index, Parameter(value));
        _byName = null;
    }

    public override void Remove(object value)
    {
        if (IndexOf(value) is >= 0 and var index) RemoveAt(index);
    }

    public override void RemoveAt(int index)
    {
        _items.RemoveAt(index);
        _byName = null;
    }

    public override void RemoveAt(string parameterName) => RemoveAt(Require(parameterName));

    /// <summary>Index of the parameter with a bare name, or -1. Statements mostly name them in order, so <paramref name="hint"/> is looked at first.</summary>
    internal int IndexOf(ReadOnlySpan<char> name, int hint)
    {
        if (hint < _items.Count && IsNamed(hint, name)) return hint;
        if (_items.Count <= FewParameters) return Search(name);
        _byName ??= BuildIndex();
        if (_byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var index) && IsNamed(index, name)) return index;
        // Renamed since the index was built, or not there.
        return Search(name);
    }

    protected override DbParameter GetParameter(int index) => _items[index];

    protected override DbParameter GetParameter(string parameterName) => _items[Require(parameterName)];

    protected override void SetParameter(int index, DbParameter value)
    {
        _items[index] = Parameter(value);
        _byName = null;
    }

    protected override void SetParameter(string parameterName, DbParameter value) => SetParameter(Require(parameterName), value);

    private Dictionary<string, int> BuildIndex()
    {
        var index = new Dictionary<string, int>(_items.Count, StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < _items.Count; i++)
        {
            if (_items[i].BareName.Length > 0 && !index.TryAdd(_items[i].BareName.ToString(), i))
                throw new ArgumentException($"The command has two parameters named {_items[i].ParameterName}.");
        }

        return index;
    }

    private int Search(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (IsNamed(i, name)) return i;
        }

        return -1;
    }

    private bool IsNamed(int index, ReadOnlySpan<char> name) => name.Equals(_items[index].BareName, StringComparison.OrdinalIgnoreCase);

    private int Require(string parameterName) => IndexOf(parameterName) is >= 0 and var index
        ? index
        : throw new ArgumentException($"The command has no parameter named {parameterName}.", nameof(parameterName));

    private static MariaDbParameter Parameter(object value) =>
        value as MariaDbParameter ?? throw new ArgumentException($"A {nameof(MariaDbParameter)} is needed, not a {value?.GetType().ToString() ?? "null"}.");
}
