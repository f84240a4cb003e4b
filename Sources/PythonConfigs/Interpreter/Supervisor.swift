/// The Python side of the bridge: runs a config's text, says what went wrong and where, and
/// cleans up after it.
///
/// Each function returns a tuple that begins with `ok`, `syntax` or `error`; no exception leaves
/// them.
enum Supervisor {
  static let source = #"""
    import _ast, builtins, posix, sys

    MODULE, FUNCTION = type(sys), type(lambda: None)
    ONLY_AST = 0x400


    class StandIn:
        __slots__ = ('text',)

        def __init__(self, text):
            self.text = text

        def __repr__(self):
            return self.text


    class Values(dict):
        def __getattr__(self, name):
            try:
                return self[name]
            except KeyError:
                raise AttributeError(f'no base has the value {name!r}') from None


    def wrap(value):
        if isinstance(value, dict):
            return Values((key, wrap(item)) for key, item in value.items())
        if isinstance(value, (list, tuple)):
            return type(value)(wrap(item) for item in value)
        return value


    # What went wrong, and where in the config.

    def describe(error):
        name = type(error).__name__
        try:
            text = str(error)
        except BaseException:
            text = ''
        return f'{name}: {text}' if text else name


    def syntax_failure(error):
        if isinstance(error, SyntaxError):
            return 'syntax', error.lineno, error.offset, error.msg
        return 'syntax', None, None, describe(error)


    def run_failure(error, file):
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == file:
                line = trace.tb_lineno
            trace = trace.tb_next
        return 'error', line, describe(error)


    def parse(original, text, file):
        try:
            return compile(text, file, 'exec', ONLY_AST, dont_inherit=True)
        except SyntaxError:
            # The text as its author knows it gives the better place, if it is wrong as well.
            if original != text:
                compile(original, file, 'exec', ONLY_AST, dont_inherit=True)
            raise


    # References of a config to its bases.

    def children(node):
        for field in node._fields:
            value = getattr(node, field, None)
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, _ast.AST):
                    yield item


    def is_base_assignment(node):
        return (isinstance(node, _ast.Assign) and len(node.targets) == 1
                and isinstance(node.targets[0], _ast.Name) and node.targets[0].id == '_base_')


    def is_bases(node):
        return isinstance(node, _ast.Name) and node.id == '_base_'


    def without_paths(value):
        """Names of files as strings, also those that are given as `pathlib` paths."""
        if isinstance(value, list):
            return [without_paths(item) for item in value]
        return value.__fspath__() if hasattr(type(value), '__fspath__') else value


    def attributes_of_bases(tree):
        stack = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, _ast.Attribute) and is_bases(node.value):
                yield node.attr
            elif isinstance(node, _ast.Constant) and isinstance(node.value, str):
                if '{{' in node.value and '_base_.' in node.value:
                    yield ''
            stack.extend(children(node))


    def bases_needed(original, text, file):
        try:
            tree = parse(original, text, file)
        except BaseException as error:
            return syntax_failure(error)
        names = set(attributes_of_bases(tree))
        assignments = [node for node in tree.body if is_base_assignment(node)]
        if not names or not assignments or names & (set(dir(list)) | set(dir(str))):
            return 'ok', None
        scope = {'__builtins__': vars(builtins).copy(), '__file__': file}
        last = tree.body.index(assignments[-1])
        for body in [assignments[-1]], tree.body[:last + 1]:
            # The assignment alone nearly always makes sense; else what stands before it, too.
            try:
                exec(compile(_ast.Module(body, []), file, 'exec', dont_inherit=True), scope)
                return 'ok', [without_paths(scope['_base_'])]
            except BaseException as error:
                failure = run_failure(error, file)
        return failure


    def look_up(bases, name):
        value = bases
        for part in name.split('.'):
            try:
                value = value[part] if isinstance(value, dict) else value[int(part)]
            except Exception:
                raise AttributeError(f'no base has the value {name!r}') from None
        return value


    def expand(text, bases):
        import re
        pattern = re.compile(r'\{\{\s*_base_\.([\w.]+)\s*\}\}')
        whole = pattern.fullmatch(text)
        if whole:
            return look_up(bases, whole.group(1))
        return pattern.sub(lambda match: str(look_up(bases, match.group(1))), text)


    def refer_to_bases(node, bases, extra):
        """Turns `{{ _base_.x }}`, to Python a set in a set, into plain `_base_.x`."""
        def turned(child):
            inner = child
            for _ in range(2):
                if not isinstance(inner, _ast.Set) or len(inner.elts) != 1:
                    break
                inner = inner.elts[0]
            else:
                root = inner
                while isinstance(root, _ast.Attribute):
                    root = root.value
                if root is not inner and is_bases(root):
                    return inner
            if isinstance(child, _ast.Constant) and isinstance(child.value, str):
                if '{{' in child.value and '_base_.' in child.value:
                    name = f'_base_text_{len(extra)}_'
                    extra[name] = expand(child.value, bases)
                    load = _ast.Name(name, _ast.Load())
                    for place in 'lineno', 'col_offset', 'end_lineno', 'end_col_offset':
                        setattr(load, place, getattr(child, place))
                    return load
            refer_to_bases(child, bases, extra)
            return child

        if isinstance(node, _ast.JoinedStr):
            return
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                value[:] = [turned(v) if isinstance(v, _ast.AST) else v for v in value]
            elif isinstance(value, _ast.AST):
                setattr(node, field, turned(value))


    # Running a config.

    def evaluate(original, text, file, bases, environment):
        hidden = {}
        try:
            tree = text
            if bases is not None:
                bases = wrap(bases)
                tree = parse(original, text, file)
                tree.body = [node for node in tree.body if not is_base_assignment(node)]
                refer_to_bases(tree, bases, hidden)
                hidden['_base_'] = bases
            code = compile(tree, file, 'exec', dont_inherit=True)
        except AttributeError as error:
            return 'error', None, describe(error)
        except BaseException as error:
            try:
                parse(original, text, file)
            except BaseException as earlier:
                error = earlier
            return syntax_failure(error)
        guard = Guard(environment)
        scope = {
            '__builtins__': guard.builtins(),
            '__doc__': None,
            '__file__': file,
            '__name__': '__config__',
            **hidden,
        }
        try:
            exec(code, scope)
        except BaseException as error:
            return run_failure(error, file)
        finally:
            guard.restore()
        return 'ok', {
            name: without_paths(value) if name == '_base_' else value
            for name, value in scope.items()
            if name not in hidden and not (isinstance(name, str) and name.startswith('__'))
            and not isinstance(value, (MODULE, FUNCTION))
        }


    class Guard:
        """Keeps what a config does to the interpreter from reaching the next config.

        Only a config that imports something can get at shared state, so nothing is done for the
        others. Modules it imports stay loaded where unloading is unsafe (the standard library,
        packages with compiled parts); their attributes are put back.
        """

        active = None
        pristine = {}

        def __init__(self, environment):
            self.environment = dict(
                entry.split(b'=', 1) for entry in environment if b'=' in entry)
            self.used = False

        def builtins(self):
            scope = vars(builtins).copy()
            original = scope['__import__']

            def load(name, globals=None, locals=None, fromlist=(), level=0):
                if not self.used:
                    self.begin()
                try:
                    return original(name, globals, locals, fromlist, level)
                finally:
                    self.remember()

            scope['__import__'] = load
            return scope

        def begin(self):
            self.used = True
            Guard.active = self
            self.system = dict(vars(sys))
            self.lists = [(kept, list(kept)) for kept in (
                sys.path, sys.meta_path, sys.path_hooks)]
            self.modules = dict(sys.modules)
            self.recursion_limit = sys.getrecursionlimit()
            self.directory = posix.getcwdb()
            posix.environ.clear()
            posix.environ.update(self.environment)
            if 'os' in sys.modules:
                data = sys.modules['os'].environ._data
                data.clear()
                data.update(self.environment)
            self.remember()

        def remember(self):
            for name, module in list(sys.modules.items()):
                if name not in self.pristine and isinstance(module, MODULE) and module is not sys:
                    spec = getattr(module, '__spec__', None)
                    if not getattr(spec, '_initializing', False):
                        self.pristine[name] = module, dict(vars(module))

        def adopt(self, change):
            """Runs a change of the interpreter that is not the config's doing."""
            before = [list(kept) for kept, _ in self.lists]
            loaded = set(sys.modules)
            change()
            for (kept, saved), old in zip(self.lists, before):
                saved.extend(entry for entry in kept if entry not in old)
            for name, module in sys.modules.items():
                if name not in loaded:
                    self.modules[name] = module

        def restore(self):
            for stream in sys.stdout, sys.stderr:
                try:
                    stream.flush()
                except BaseException:
                    pass
            if not self.used:
                return
            Guard.active = None
            put_back(vars(sys), self.system)
            for kept, saved in self.lists:
                kept[:] = saved
            sys.setrecursionlimit(self.recursion_limit)
            self.restore_modules()
            if posix.getcwdb() != self.directory:
                posix.chdir(self.directory)
            if 'os' in sys.modules:
                self.restore_environment(sys.modules['os'].environ._data)

        def restore_modules(self):
            loaded = sys.modules
            compiled = {name.partition('.')[0] for name, module in loaded.items()
                        if type(getattr(module, '__loader__', None)).__name__
                        == 'ExtensionFileLoader'}
            kept = dict(self.modules)
            for name, module in loaded.items():
                top = name.partition('.')[0]
                if name not in kept and (top in sys.stdlib_module_names or top in compiled):
                    # Not what the config itself put there in the place of a module.
                    spec = getattr(loaded.get(top), '__spec__', None)
                    if getattr(spec, 'name', None) == top:
                        kept[name] = module
            loaded.clear()
            loaded.update(kept)
            for name in list(self.pristine):
                module, attributes = self.pristine[name]
                if loaded.get(name) is module:
                    put_back(vars(module), attributes)
                else:
                    del self.pristine[name]

        def restore_environment(self, data):
            for name in set(data) - set(self.environment):
                posix.unsetenv(name)
            for name, value in self.environment.items():
                if data.get(name) != value:
                    posix.putenv(name, value)


    def put_back(current, saved):
        """Undoes changes of a module's attributes; submodules that were loaded since stay."""
        for name in [name for name in current if name not in saved]:
            if not isinstance(current[name], MODULE):
                del current[name]
        for name, value in saved.items():
            if current.get(name, current) is not value:
                current[name] = value


    # Modules that are not part of the standard library.

    class InstalledPackages:
        """Looks for modules where the interpreter's packages, `PYTHONPATH` and the active
        virtual environment are, but not before something else than the standard library is
        imported: finding those places takes longer than evaluating a config."""

        looked = False

        @classmethod
        def find_spec(cls, name, path=None, target=None):
            if path is not None or cls.looked:
                return None
            cls.looked = True
            Guard.active.adopt(cls.look) if Guard.active else cls.look()
            for finder in sys.meta_path:
                if finder is not cls:
                    spec = finder.find_spec(name, None, target)
                    if spec is not None:
                        return spec
            return None

        @classmethod
        def look(cls):
            import os, site
            version = f'python{sys.version_info[0]}.{sys.version_info[1]}'
            sys.path.extend(
                entry for entry in os.environ.get('PYTHONPATH', '').split(os.pathsep)
                if entry and entry not in sys.path)
            places, with_system_packages = [], True
            environment = os.environ.get('VIRTUAL_ENV')
            if environment:
                place = os.path.join(environment, 'lib', version, 'site-packages')
                if os.path.isdir(place):
                    places.append(place)
                    with_system_packages = cls.includes_system_packages(environment)
            if with_system_packages:
                places.append(site.getusersitepackages())
                places.extend(site.getsitepackages())
            known = set()
            for place in places:
                if os.path.isdir(place):
                    site.addsitedir(place, known)

        @staticmethod
        def includes_system_packages(environment):
            import os
            try:
                with open(os.path.join(environment, 'pyvenv.cfg'), encoding='utf-8') as lines:
                    for line in lines:
                        key, _, value = line.partition('=')
                        if key.strip().lower() == 'include-system-site-packages':
                            return value.strip().lower() == 'true'
            except OSError:
                pass
            return False


    sys.meta_path.append(InstalledPackages)


    def import_module(name, environment):
        guard = Guard(environment)
        guard.begin()
        try:
            import importlib
            importlib.import_module(name)
            return 'ok', None
        except BaseException as error:
            return 'error', list(sys.path), describe(error)
        finally:
            guard.restore()
    """#
}
